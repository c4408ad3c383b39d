// SPDX-License-Identifier: Apache-2.0
// Prints the C++ model's H3 hashes as SystemVerilog, a row a line: what fv_h3_hash compares with.
// Arguments: key bits, hashes, output bits, and a seed; without one, the model's default.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "model/filter/filter_config.h"
#include "model/filter/h3.h"

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fputs("usage: print_h3_model KEY_BITS HASHES OUTPUT_BITS [SEED]\n", stderr);
    return 2;
  }
  const int key_bits = std::atoi(argv[1]);
  const int hashes = std::atoi(argv[2]);
  const int output_bits = std::atoi(argv[3]);
  const uint64_t seed =
      argc == 5 ? std::strtoull(argv[4], nullptr, 0) : nestwalk::FilterConfig().seed;
  const uint64_t mask = (uint64_t{1} << key_bits) - 1;
  std::printf("module h3_model (input logic [%d:0] key_i, output logic [%d:0] indices_o);\n",
              key_bits - 1, hashes * output_bits - 1);
  for (int hash = 0; hash < hashes; ++hash)
    for (int bit = 0; bit < output_bits; ++bit)
      std::printf("  assign indices_o[%d] = ^(key_i & %d'h%" PRIx64 ");\n",
                  hash * output_bits + bit, key_bits, nestwalk::H3::row(hash, bit, seed) & mask);
  std::printf("endmodule\n");
}
