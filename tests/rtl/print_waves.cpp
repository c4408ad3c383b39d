// SPDX-License-Identifier: Apache-2.0
// Prints an FST file as VCD, by the library that Verilator brings to write it.
#define FST_CONFIG_INCLUDE "fst_config.h"
#include <gtkwave/fastlz.c>
#include <gtkwave/fstapi.c>
#include <gtkwave/lz4.c>

int main(int argc, char** argv) {
  void* waves = argc == 2 ? fstReaderOpen(argv[1]) : nullptr;
  if (waves == nullptr) return 1;
  bool printed = fstReaderProcessHier(waves, stdout) != 0;
  fstReaderSetFacProcessMaskAll(waves);  // those that it found
  printed = printed && fstReaderIterBlocks(waves, nullptr, nullptr, stdout) != 0;
  fstReaderClose(waves);
  return printed && fflush(stdout) == 0 ? 0 : 1;
}
