// SPDX-License-Identifier: Apache-2.0
#include "sim/software/software_setup.h"

#include <algorithm>
#include <string>

#include "sim/config/words.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"

namespace nestwalk {
namespace {

/// To whole pages outwards; checked.
VirtualRange whole_pages(const VirtualRange& range, int levels, const std::string& what) {
  const std::string text =
      "[" + format_address(range.base.value()) + ", " + format_address(range.limit.value()) + "]";
  if (!(range.base < range.limit)) throw InputError(what, text + " is empty: base < limit, please");
  const GuestVirtual last = range.limit - 1;
  if (!is_canonical(range.base, levels) || !is_canonical(last, levels) ||
      (range.base.value() ^ last.value()) >> 63 != 0)
    throw InputError(what, text + " is not canonical with " + std::to_string(levels) +
                               " levels (paging.guest_levels)");
  return {range.base.align_down(PageSize::k4K),
          last.align_down(PageSize::k4K) + bytes(PageSize::k4K)};
}

/// `asked`: by the configuration, where the stream's own may stand too.
std::optional<VirtualRange> primary_region(const Config& config, const Stream& stream,
                                           const std::optional<VirtualRange>& asked) {
  const int levels = config.paging.guest_levels;
  const std::optional<VirtualRange> own = stream.primary_region();
  if (asked && asked != own) return whole_pages(*asked, levels, "software.primary_region");
  if (own) return whole_pages(*own, levels, "primary region of the address stream");
  if (!has_guest_segment(config.mode)) return std::nullopt;
  throw InputError("software.primary_region",
                   "mode " + std::string(to_string(config.mode)) +
                       " has a guest segment, and this address stream does not know what it "
                       "should cover: set software.primary_region = [base, limit]");
}

/// Ranges that share a page or touch become one.
std::vector<VirtualRange> merged(const std::vector<VirtualRange>& ranges, int levels) {
  std::vector<VirtualRange> merged;
  for (const VirtualRange& bytes : ranges) {
    const VirtualRange range = whole_pages(bytes, levels, "range of the address stream");
    if (!merged.empty() && range.base <= merged.back().limit)
      merged.back().limit = std::max(merged.back().limit, range.limit);
    else
      merged.push_back(range);
  }
  return merged;
}

}  // namespace

SoftwareSetup software_setup(const Config& config, const Stream& stream,
                             const std::vector<Stream*>& beside) {
  SoftwareSetup result;
  result.mode = config.mode;
  result.paging = config.paging;
  result.paging.pages = config.paging.pages.in(config.mode);
  result.filter = config.mmu.filter;
  if (config.mmu.guest_filter_enabled) result.guest_filter = config.mmu.guest_filter;
  result.primary_region = primary_region(config, stream, config.software.primary_region);
  result.ranges = merged(stream.ranges(), config.paging.guest_levels);
  for (const Stream* one : beside)
    result.beside.push_back({primary_region(config, *one, std::nullopt),
                             merged(one->ranges(), config.paging.guest_levels)});
  result.beside_as = is_virtualized(config.mode) ? config.beside_as : BesideAs::kProcesses;
  result.bad_pages = config.software.bad_pages;
  if (result.bad_pages != 0) result.touched = merged(stream.touched(), config.paging.guest_levels);
  if (config.software.scattered_frames) result.page_colors = config.software.page_colors;
  result.seed = config.seed;
  return result;
}

AddressLayout layout_of(const SoftwareSetup& config, Vpid vpid, uint64_t process) {
  const uint64_t number =
      config.beside_as == BesideAs::kVms ? static_cast<uint64_t>(vpid) - 1 : process;
  if (number == 0 || number > config.beside.size()) return {config.primary_region, config.ranges};
  return config.beside[number - 1];
}

std::vector<VirtualRange> ranges_of_bad_pages(const std::vector<VirtualRange>& touched,
                                              const AddressLayout& layout) {
  if (!touched.empty()) return touched;
  if (!layout.ranges.empty()) return layout.ranges;
  if (layout.primary_region) return {*layout.primary_region};
  throw InputError("--bad-pages",
                   "this address stream does not know what it touches: say from where to take the "
                   "bad pages by software.primary_region = [base, limit]");
}

}  // namespace nestwalk
