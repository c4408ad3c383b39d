// SPDX-License-Identifier: Apache-2.0
// The hashes, whose rows elaboration makes from the seed, are those of the rows that the C++ model
// prints (h3_model.sv, made by print_h3_model), for every key.

module fv_h3_hash #(
  parameter int KeyWidth = 52,
  parameter int Hashes = 4,
  parameter int IndexWidth = 6,
  parameter logic [63:0] Seed = direct_segment_pkg::FilterSeed
) (
  input logic [KeyWidth-1:0] key_i
);

  logic [Hashes*IndexWidth-1:0] rtl, model;

  h3_hash #(.KeyWidth(KeyWidth), .Hashes(Hashes), .IndexWidth(IndexWidth), .Seed(Seed)) dut (
    .key_i(key_i), .indices_o(rtl)
  );
  h3_model i_model (.key_i(key_i), .indices_o(model));

  always_comb assert (rtl == model);

endmodule
