// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/readers/detect.h"

#include <algorithm>

#include "model/address/address.h"
#include "sim/stream/bytes/little_endian.h"
#include "sim/stream/nwt/layout.h"
#include "sim/stream/readers/champsim_record.h"
#include "sim/stream/readers/line_reader.h"
#include "sim/stream/readers/memtrace_entry.h"

namespace nestwalk {
namespace {

bool is_text(std::string_view content) {
  return std::all_of(content.begin(), content.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= ' ' || c == '\n' || c == '\r' || c == '\t';
  });
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// The format of one line; nullopt if it does not tell (blank, comment).
std::optional<TraceFormat> line_format(std::string_view line) {
  if (is_valgrind_message(line) || starts_with(line, "I  ")) return TraceFormat::kLackey;
  const bool indented = line.size() > 3 && line[0] == ' ' && line[2] == ' ';
  if (indented && std::string_view("LSM").find(line[1]) != std::string_view::npos) {
    return TraceFormat::kLackey;
  }
  if (starts_with(line, "Output format:") || starts_with(line, "<--record#->") ||
      line.find(" byte(s) @ ") != std::string_view::npos ||
      line.find("<marker: ") != std::string_view::npos) {
    return TraceFormat::kMemtraceView;
  }
  Fields fields(line);
  const std::string_view first = fields.next();
  constexpr std::string_view kText = "RWFCrwfc";
  if (first.size() == 1 && kText.find(first[0]) != std::string_view::npos && !fields.empty()) {
    return TraceFormat::kText;
  }
  return std::nullopt;
}

std::optional<TraceFormat> text_format(std::string_view content) {
  while (!content.empty()) {
    const std::string_view line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(content.size(), line.size() + 1));
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#') continue;
    return line_format(line);
  }
  return std::nullopt;
}

bool is_memtrace(std::string_view content) {
  if (content.size() < kMemtraceEntryBytes) return false;
  const auto type = load_little_endian<uint16_t>(content.data());
  const auto version = load_little_endian<uint64_t>(content.data() + 4);
  if (static_cast<MemtraceType>(type) != MemtraceType::kHeader || version > kMemtraceVersions) {
    return false;
  }
  if (content.size() < 2 * kMemtraceEntryBytes) return true;
  return load_little_endian<uint16_t>(content.data() + kMemtraceEntryBytes) < kMemtraceTypes;
}

bool is_plausible(uint64_t address) {
  return is_canonical(GuestVirtual(address), 5);
}

bool is_champsim_record(const char* record, const ChampsimLayout& layout) {
  const auto ip = load_little_endian<uint64_t>(record);
  const auto is_branch = static_cast<unsigned char>(record[8]);
  const auto taken = static_cast<unsigned char>(record[9]);
  if (ip == 0 || !is_plausible(ip) || is_branch > 1 || taken > is_branch) return false;
  for (size_t i = 0; i < layout.destinations + layout.sources; ++i) {
    const size_t at = i < layout.destinations ? layout.destination_at + 8 * i
                                              : layout.source_at + 8 * (i - layout.destinations);
    if (!is_plausible(load_little_endian<uint64_t>(record + at))) return false;
  }
  return true;
}

}  // namespace

bool is_champsim(std::string_view content, bool cloudsuite) {
  constexpr size_t kRecords = 256;
  const ChampsimLayout& layout = cloudsuite ? kCloudsuiteLayout : kChampsimLayout;
  const size_t records = std::min(kRecords, content.size() / layout.bytes);
  for (size_t i = 0; i < records; ++i) {
    if (!is_champsim_record(content.data() + i * layout.bytes, layout)) return false;
  }
  return records > 0;
}

std::optional<TraceFormat> detect_format(std::string_view content, std::string_view name) {
  if (starts_with(content, nwt::kMagic)) return TraceFormat::kNwt;
  if (is_text(content)) return text_format(without_byte_order_mark(content));
  if (is_memtrace(content)) return TraceFormat::kMemtrace;
  const bool narrow = is_champsim(content, false);
  const bool wide = is_champsim(content, true);
  const std::string_view file = name.substr(name.rfind('/') + 1);
  const auto is_named = [file](std::string_view word) { return file.find(word) != file.npos; };
  if (wide && (is_named("cloudsuite") || !narrow)) return TraceFormat::kCloudsuite;
  if (narrow) return TraceFormat::kChampsim;
  // Odd addresses, as of an instruction at 0: the reader says what is wrong if it is neither.
  if (is_named("cloudsuite")) return TraceFormat::kCloudsuite;
  if (is_named("champsim")) return TraceFormat::kChampsim;
  return std::nullopt;
}

}  // namespace nestwalk
