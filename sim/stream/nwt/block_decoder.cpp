// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/nwt/block_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/stream/bytes/little_endian.h"
#include "sim/stream/nwt/layout.h"
#include "sim/stream/nwt/varint.h"

namespace nestwalk::nwt {
namespace {

/// Two 64-bit numbers in one register: the address and the shape of an element.
typedef uint64_t Pair __attribute__((vector_size(16), may_alias));

const Pair& pair_at(const uint64_t* aligned) {
  return *reinterpret_cast<const Pair*>(aligned);
}
Pair load_low(const void* from) {
  return Pair{load_little_endian<uint64_t>(from), 0};
}

/// The kind in a shape, the upper half of a Reference.
uint64_t kind_of(uint64_t shape) {
  return shape >> 56;
}

template <class Code>
Code largest_code(const uint8_t* codes, size_t count) {
  Code largest = 0;
  for (size_t i = 0; i < count; ++i) {
    largest = std::max<Code>(largest, load_little_endian<Code>(codes + i * sizeof(Code)));
  }
  return largest;
}

}  // namespace

/// The delta column is read in words of 8 bytes, at most one for each element and one past the
/// last.
constexpr size_t kMostDeltaBytes = sizeof(uint64_t) * kBlockElements;

BlockDecoder::BlockDecoder() : deltas_(kMostDeltaBytes + sizeof(uint64_t)) {}

uint8_t* BlockDecoder::room_for_head(size_t size) {
  if (head_.size() < size) head_.resize(size);
  return head_.data();
}

uint8_t* BlockDecoder::room_for_deltas(size_t size) {
  if (deltas_.size() < size) deltas_ = ZeroedArray<uint8_t>(size);
  return deltas_.data();
}

std::string BlockDecoder::begin(size_t elements, size_t head_size, size_t delta_size,
                                bool wide_codes) {
  const uint8_t* at = head_.data();
  const uint8_t* const end = at + head_size;
  if (std::string wrong = parse_dictionary(at, end); !wrong.empty()) return wrong;
  const size_t code_bytes = wide_codes ? 2 : 1;
  if (static_cast<size_t>(end - at) != elements * code_bytes) {
    return fmt::format("{} bytes of codes, expected {}", end - at, elements * code_bytes);
  }
  // One pass here spares a test for each element in decode().
  const uint32_t largest =
      wide_codes ? largest_code<uint16_t>(at, elements) : largest_code<uint8_t>(at, elements);
  if (largest >= entries_.size()) {
    return fmt::format("code {}, but {} in the dictionary", largest, entries_.size());
  }
  if (delta_size > kMostDeltaBytes) return "too many delta bytes";
  code_ = at;
  delta_ = deltas_.data();
  delta_end_ = delta_ + delta_size;
  wide_codes_ = wide_codes;
  left_ = elements;
  std::fill(std::begin(recent_), std::end(recent_), Reference{});
  return {};
}

std::string BlockDecoder::parse_dictionary(const uint8_t*& at, const uint8_t* end) {
  const std::string cut = "the dictionary is cut off";
  uint64_t count = 0;
  if (!take_varint(at, end, count) || count > kBlockElements ||
      static_cast<size_t>(end - at) < count * sizeof(uint64_t)) {
    return cut;
  }
  shapes_.resize(count);
  for (uint64_t& shape : shapes_) {
    shape = load_little_endian<uint64_t>(at);
    at += sizeof shape;
    if (kind_of(shape) > static_cast<uint64_t>(ReferenceKind::kControl)) {
      return fmt::format("elements of kind {}, expected 0 to 3", kind_of(shape));
    }
  }

  if (!take_varint(at, end, count) || count > kBlockElements) return cut;
  address_codes_.resize(count);
  for (AddressCode& code : address_codes_) {
    if (end - at < 2) return cut;
    code.distance = *at++;
    code.delta_bytes = *at++;
    if (code.distance < 1 || code.distance > kWindow || code.delta_bytes > 8) {
      return fmt::format("an address code of distance {} and {} bytes", code.distance,
                         code.delta_bytes);
    }
    uint64_t constant = 0;
    if (code.delta_bytes == 0 && !take_varint(at, end, constant)) return cut;
    code.constant = static_cast<int32_t>(unzigzag(constant));
    if (code.constant != unzigzag(constant))
      return fmt::format("a constant of {}, expected 32 bits with sign", unzigzag(constant));
  }

  if (!take_varint(at, end, count) || count > kBlockElements) return cut;
  entries_.resize(count);
  for (Entry& entry : entries_) {
    uint64_t address_code = 0;
    uint64_t shape = 0;
    if (!take_varint(at, end, address_code) || !take_varint(at, end, shape)) return cut;
    if (address_code >= address_codes_.size() || shape >= shapes_.size()) {
      return fmt::format("a code of address code {} and shape {}", address_code, shape);
    }
    const AddressCode& code = address_codes_[address_code];
    entry.mask = code.mask();
    entry.back = -static_cast<int32_t>(code.distance * sizeof(Reference));
    entry.delta_bytes = code.delta_bytes;
    entry.bias = static_cast<uint64_t>(code.bias());
    entry.shape = shapes_[shape];
  }
  return {};
}

/// The hot loop of reading a trace. `to[-kWindow]` and up are the elements before.
template <class Code>
void BlockDecoder::decode_run(Reference* to, size_t count) {
  const Entry* const entries = entries_.data();
  const uint8_t* code_at = code_;
  const uint8_t* delta = delta_;
  char* out = reinterpret_cast<char*>(to);
  char* const end = out + count * sizeof(Reference);
  for (; out != end; out += sizeof(Reference)) {
    const Entry& entry = entries[load_little_endian<Code>(code_at)];
    code_at += sizeof(Code);
    const Pair own = (load_low(delta) & pair_at(&entry.mask)) + pair_at(&entry.bias);
    delta += entry.delta_bytes;
    const Pair element = own + load_low(out + entry.back);
    std::memcpy(out, &element, sizeof element);
  }
  code_ = code_at;
  delta_ = delta;
}

void BlockDecoder::decode_any(Reference* to, size_t count) {
  if (wide_codes_) {
    decode_run<uint16_t>(to, count);
  } else {
    decode_run<uint8_t>(to, count);
  }
}

void BlockDecoder::decode(Reference* to, size_t count) {
  // The first ones look back across the start of the batch.
  const size_t first = std::min<size_t>(count, kWindow);
  decode_any(recent_ + kWindow, first);
  std::copy_n(recent_ + kWindow, first, to);
  if (count > first) decode_any(to + first, count - first);
  if (count >= kWindow) {
    std::copy_n(to + count - kWindow, kWindow, recent_);
  } else {
    std::copy(recent_ + count, recent_ + count + kWindow, recent_);
  }
  left_ -= count;
}

}  // namespace nestwalk::nwt
