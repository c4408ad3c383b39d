// SPDX-License-Identifier: Apache-2.0
#include "sim/translate/page_image.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

constexpr char kMagic[] = "NPTIMG01";
constexpr uint64_t kMagicBytes = 8;
constexpr uint64_t kVersionAt = 8;
constexpr uint64_t kPagesAt = 12;
constexpr uint64_t kDataOffsetAt = 16;
constexpr uint64_t kFirstAddressAt = 32;
constexpr uint64_t kPageBytes = bytes(PageSize::k4K);
constexpr uint64_t kPageWords = kPageBytes / sizeof(uint64_t);

// The file's bytes, read with their offsets.
class Bytes {
 public:
  explicit Bytes(const std::string& path) : path_(path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError(path, std::string("cannot be opened: ") + std::strerror(errno));
    try {
      bytes_.assign(std::istreambuf_iterator<char>(file), {});
    } catch (const std::ios_base::failure& error) {
      throw InputError(path, "cannot be read: " + error.code().message());
    }
  }

  [[noreturn]] void fail(uint64_t offset, const std::string& what) const {
    throw InputError(fmt::format("{}: byte {}", path_, offset), what);
  }

  uint64_t little_endian(uint64_t offset, unsigned width) const {
    need(offset, width);
    uint64_t value = 0;
    for (unsigned i = 0; i < width; ++i)
      value |= uint64_t{static_cast<unsigned char>(bytes_[offset + i])} << (8 * i);
    return value;
  }
  uint32_t u32(uint64_t offset) const { return static_cast<uint32_t>(little_endian(offset, 4)); }
  uint64_t u64(uint64_t offset) const { return little_endian(offset, 8); }

  bool starts_with_magic() const {
    return bytes_.size() >= kMagicBytes && std::memcmp(bytes_.data(), kMagic, kMagicBytes) == 0;
  }

  void need(uint64_t offset, uint64_t count) const {
    if (offset > bytes_.size() || bytes_.size() - offset < count)
      fail(bytes_.size(),
           fmt::format("the file ends here; {} bytes are needed at byte {}", count, offset));
  }

 private:
  std::string path_;
  std::vector<char> bytes_;
};

}  // namespace

PageImage::PageImage(const std::string& path) {
  const Bytes file(path);
  if (!file.starts_with_magic()) file.fail(0, "is no memory image: must begin with \"NPTIMG01\"");
  if (const uint32_t version = file.u32(kVersionAt); version != 1)
    file.fail(kVersionAt, fmt::format("version is {}, must be 1", version));
  const uint64_t pages = file.u32(kPagesAt);
  const uint64_t data = file.u64(kDataOffsetAt);
  file.need(kFirstAddressAt, pages * sizeof(uint64_t));
  const uint64_t header = kFirstAddressAt + pages * sizeof(uint64_t);
  if (data % kPageBytes != 0 || data < header)
    file.fail(kDataOffsetAt, fmt::format("data offset is {:#x}, must be a multiple of 4096 and at "
                                         "least {:#x}",
                                         data, header));
  file.need(data, pages * kPageBytes);

  words_.resize(pages * kPageWords);
  for (uint64_t i = 0; i < words_.size(); ++i) words_[i] = file.u64(data + i * sizeof(uint64_t));
  for (uint64_t i = 0, before = 0; i < pages; ++i) {
    const uint64_t at = kFirstAddressAt + i * sizeof(uint64_t);
    const HostPhysical page(file.u64(at));
    if (!page.is_aligned(PageSize::k4K) || (i != 0 && page.value() <= before))
      file.fail(at, fmt::format("page address {:#x} must be a multiple of 4096 and above the one "
                                "before",
                                page.value()));
    before = page.value();
    page_index_.emplace(page.page(), i);
  }
}

std::optional<size_t> PageImage::find(HostPhysical address) const {
  const auto found = page_index_.find(address.page());
  if (found == page_index_.end()) return std::nullopt;
  return found->second * kPageWords + address.offset() / sizeof(uint64_t);
}

uint64_t PageImage::read(HostPhysical address) const {
  const auto index = find(address);
  return index ? words_[*index] : 0;
}

void PageImage::set_bits(HostPhysical address, uint64_t bits) {
  const size_t index = find(address).value();
  undo_.emplace_back(index, words_[index]);
  words_[index] |= bits;
}

void PageImage::restore() {
  for (auto change = undo_.rbegin(); change != undo_.rend(); ++change)
    words_[change->first] = change->second;
  undo_.clear();
}

}  // namespace nestwalk
