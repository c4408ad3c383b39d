// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nestwalk::nwt {

using namespace std::string_view_literals;

// A .nwt file is a FileHeader, blocks (a BlockHeader and its payload each), an index (an
// IndexHeader and its payload) and a Trailer. All numbers are little-endian. Every byte is under a
// checksum (checksum.h) of its own part. doc/traces.md describes the payloads.

/// First bytes of a .nwt file. A transfer that changes line ends or drops bit 7 breaks them.
inline constexpr std::string_view kMagic = "\x89NWT\r\n\x1a\n"sv;
inline constexpr std::string_view kTrailerMagic = "NWT-END\n"sv;

inline constexpr uint32_t kVersion = 1;
/// Elements of a full block; only the last one has fewer.
inline constexpr uint32_t kBlockElements = 1 << 16;
/// Most bytes of a payload that a reader accepts: some 30 a reference, far beyond the worst block.
inline constexpr uint32_t kLargestPayload = 1 << 22;

inline constexpr uint32_t kBlockTag = 0x4b434c42;  // "BLCK"
inline constexpr uint32_t kIndexTag = 0x58444e49;  // "INDX"

struct FileHeader {
  char magic[8];
  uint32_t version;
  uint32_t block_elements;
  uint64_t checksum;  ///< Of the bytes before.
};
static_assert(sizeof(FileHeader) == 24);

enum BlockFlags : uint32_t {
  kHeadCompressed = 1,    ///< The head part is a Zstandard frame.
  kDeltasCompressed = 2,  ///< The delta part is one.
  kWideCodes = 4,         ///< Codes of 2 bytes, not 1.
  kHoldsFetches = 8,      ///< Among the elements are instruction fetches.
};

struct BlockHeader {
  uint32_t tag;
  uint32_t number;             ///< From 0.
  uint64_t first_element;      ///< Elements in blocks before.
  uint64_t first_instruction;  ///< Instructions in blocks before.
  uint32_t elements;
  uint32_t flags;        ///< BlockFlags
  uint32_t head_bytes;   ///< As stored: dictionary and codes.
  uint32_t head_size;    ///< When decompressed.
  uint32_t delta_bytes;  ///< As stored.
  uint32_t delta_size;   ///< When decompressed.
  uint64_t checksum;     ///< Of the header before it and the payload.
};
static_assert(sizeof(BlockHeader) == 56);

struct IndexHeader {
  uint32_t tag;
  uint32_t blocks;
  uint64_t payload_bytes;
  uint64_t checksum;  ///< Of the header before it and the payload.
};
static_assert(sizeof(IndexHeader) == 24);

struct Trailer {
  uint64_t index_offset;  ///< From the start of the file.
  char magic[8];
  uint64_t checksum;  ///< Of the bytes before.
};
static_assert(sizeof(Trailer) == 24);

}  // namespace nestwalk::nwt
