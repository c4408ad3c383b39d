// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/nwt/block_encoder.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "sim/stream/bytes/little_endian.h"
#include "sim/stream/nwt/layout.h"
#include "sim/stream/nwt/varint.h"

namespace nestwalk::nwt {
namespace {

constexpr int kLikelyBits = 12;
constexpr size_t kDeltaSlack = 8;

/// Combinations that one byte numbers.
constexpr size_t kNarrow = 256;
/// From so many on a block does with those that it has, if it can: the rest is for what it cannot.
constexpr size_t kEnough = 224;

/// Everything of an element but its address.
uint64_t shape_of(const Reference& element) {
  return load_little_endian<uint64_t>(&element.instructions);
}

bool fits(int64_t difference, int bytes) {
  return signed_bytes(static_cast<uint64_t>(difference ^ (difference >> 63))) <= bytes;
}

}  // namespace

BlockEncoder::BlockEncoder()
    : shapes_(18),
      address_codes_(18),
      combinations_(18),
      addresses_(kWindow + kBlockElements),
      likely_(size_t{1} << kLikelyBits) {}

const EncodedBlock& BlockEncoder::encode(const Reference* elements, size_t count) {
  uint64_t* const addresses = addresses_.data() + kWindow;
  for (size_t i = 0; i < count; ++i) addresses[i] = elements[i].address;
  constants_.choose(addresses, count);

  shapes_.clear();
  address_codes_.clear();
  combinations_.clear();
  codes_.resize(count);
  block_.deltas.resize(count * sizeof(uint64_t) + kDeltaSlack);
  block_.holds_fetches = false;
  uint8_t* delta = block_.deltas.data();
  ++block_number_;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t shape = shapes_.number(shape_of(elements[i]));
    const Likely chosen = choose(addresses + i, shape);
    codes_[i] = chosen.combination;
    const uint64_t predicted = addresses[static_cast<ptrdiff_t>(i) - chosen.code.distance] +
                               static_cast<uint64_t>(chosen.code.bias());
    store_little_endian(delta, addresses[i] - predicted);
    delta += chosen.code.delta_bytes;
    block_.holds_fetches |= elements[i].kind == ReferenceKind::kFetch;
  }
  block_.deltas.resize(static_cast<size_t>(delta - block_.deltas.data()));
  write_head();
  return block_;
}

BlockEncoder::Likely BlockEncoder::choose(const uint64_t* address, uint32_t shape) {
  const uint64_t context = last_key_ * 3 + before_last_key_ * 5 + shape;
  Likely& likely = likely_[hash_bits(context ^ (context >> 29), kLikelyBits)];
  AddressCode code = likely.code;
  const auto difference = static_cast<int64_t>(*address - address[-code.distance]);
  if (code.delta_bytes != 0 || difference != code.constant) code = search(address, likely);
  const bool known = likely.block == block_number_ && likely.shape == shape && code == likely.code;
  if (!known) {
    const uint32_t combination = combine(address, code, shape);
    likely = {code_of(combination), shape, block_number_, combination, likely.wasteful};
  }
  before_last_key_ = last_key_;
  last_key_ = likely.code.delta_bytes == 0 ? likely.code.key() : 0;
  return likely;
}

/// The number of a code with a shape, or of another code that serves where the block has enough.
uint32_t BlockEncoder::combine(const uint64_t* address, const AddressCode& code, uint32_t shape) {
  const auto combination = [&](uint32_t address_code) {
    return uint64_t{address_code} << 32 | shape;
  };
  if (combinations_.keys().size() >= kEnough) {
    const auto address_code = address_codes_.find(code.key());
    if (!address_code || !combinations_.find(combination(*address_code)))
      if (const auto other = find_other(address, shape)) return *other;
  }
  return combinations_.number(combination(address_codes_.number(code.key())));
}

/// Of the combinations with a shape the one that holds the address in fewest bytes.
std::optional<uint32_t> BlockEncoder::find_other(const uint64_t* address, uint32_t shape) const {
  std::optional<uint32_t> best;
  int fewest = INT_MAX;
  for (uint32_t number = 0; number < combinations_.keys().size(); ++number) {
    if (static_cast<uint32_t>(combinations_.keys()[number]) != shape) continue;
    const AddressCode code = code_of(number);
    const auto difference = static_cast<int64_t>(*address - address[-code.distance]);
    if (code.delta_bytes == 0 || code.delta_bytes >= fewest || !fits(difference, code.delta_bytes))
      continue;
    best = number;
    fewest = code.delta_bytes;
  }
  return best;
}

AddressCode BlockEncoder::code_of(uint32_t combination) const {
  return AddressCode::of_key(address_codes_.keys()[combinations_.keys()[combination] >> 32]);
}

/// The constant difference with most votes, else a code with few delta bytes.
AddressCode BlockEncoder::search(const uint64_t* address, Likely& likely) const {
  AddressCode constant;
  uint32_t most_votes = 0;
  AddressCode wide;  // fewest bytes, then the first considered: steady, so that codes repeat
  const auto consider = [&](int distance) {
    const auto difference = static_cast<int64_t>(*address - address[-distance]);
    const auto magnitude = static_cast<uint64_t>(difference ^ (difference >> 63));
    const int bytes = signed_bytes(magnitude);
    if (bytes < wide.delta_bytes) wide = AddressCode::of_bytes(distance, bytes);
    if (magnitude > INT32_MAX) return;
    const uint32_t votes = constants_.votes(distance, static_cast<int32_t>(difference));
    if (votes > most_votes) {
      most_votes = votes;
      constant = AddressCode::of_constant(distance, static_cast<int32_t>(difference));
    }
  };
  for (int distance = kNear + 1; distance <= kWindow; ++distance) consider(distance);
  for (int distance = 1; distance <= kNear; ++distance) consider(distance);
  if (most_votes > 0) return constant;
  return keeps(address, wide.delta_bytes, likely) ? likely.code : wide;
}

/// Whether the likely code serves where `bytes` are the fewest. A byte too many is cheaper than an
/// irregular code, unless it is too many again and again.
bool BlockEncoder::keeps(const uint64_t* address, int bytes, Likely& likely) {
  constexpr uint32_t kPatience = 16;
  const AddressCode code = likely.code;
  if (code.delta_bytes == 0 || code.delta_bytes > bytes + 1 ||
      !fits(*address - address[-code.distance], code.delta_bytes)) {
    return false;
  }
  likely.wasteful = code.delta_bytes > bytes ? likely.wasteful + 1 : 0;
  if (likely.wasteful <= kPatience) return true;
  likely.wasteful = 0;
  return false;
}

void BlockEncoder::write_head() {
  std::vector<uint8_t>& head = block_.head;
  head.clear();
  put_varint(head, shapes_.keys().size());
  for (const uint64_t shape : shapes_.keys()) {
    head.resize(head.size() + sizeof shape);
    store_little_endian(head.data() + head.size() - sizeof shape, shape);
  }
  put_varint(head, address_codes_.keys().size());
  for (const uint64_t key : address_codes_.keys()) {
    const AddressCode code = AddressCode::of_key(key);
    head.push_back(code.distance);
    head.push_back(code.delta_bytes);
    if (code.delta_bytes == 0) put_varint(head, zigzag(code.constant));
  }
  put_varint(head, combinations_.keys().size());
  for (const uint64_t combination : combinations_.keys()) {
    put_varint(head, combination >> 32);
    put_varint(head, combination & UINT32_MAX);
  }
  block_.wide_codes = combinations_.keys().size() > kNarrow;
  const size_t at = head.size();
  const size_t code_bytes = block_.wide_codes ? 2 : 1;
  head.resize(at + codes_.size() * code_bytes);
  uint8_t* to = head.data() + at;
  for (const uint32_t code : codes_) {
    to[0] = static_cast<uint8_t>(code);
    if (code_bytes == 2) to[1] = static_cast<uint8_t>(code >> 8);
    to += code_bytes;
  }
}

}  // namespace nestwalk::nwt
