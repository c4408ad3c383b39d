// SPDX-License-Identifier: Apache-2.0
// The H3 hashes of a key, side by side: output bit i = parity(key AND row i). Pure.

module h3_hash #(
  parameter int KeyWidth = direct_segment_pkg::PageWidth,
  parameter int Hashes = direct_segment_pkg::FilterHashes,
  parameter int IndexWidth = 6,
  parameter logic [63:0] Seed = direct_segment_pkg::FilterSeed
) (
  input  logic [KeyWidth-1:0]          key_i,
  output logic [Hashes*IndexWidth-1:0] indices_o  // hash 0 lowest
);

  for (genvar hash = 0; hash < Hashes; hash++) begin : gen_hash
    for (genvar index = 0; index < IndexWidth; index++) begin : gen_bit
      localparam logic [63:0] Row = direct_segment_pkg::h3_row(hash, index, Seed);
      assign indices_o[hash*IndexWidth + index] = ^(key_i & Row[KeyWidth-1:0]);
    end
  end

endmodule
