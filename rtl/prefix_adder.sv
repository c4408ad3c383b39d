// SPDX-License-Identifier: Apache-2.0
// Sum modulo 2^Width in log2(Width) steps (Kogge and Stone's parallel prefix): a `+` is slower by
// half after synthesis, and the gPA it makes is what the VMM level waits for.

module prefix_adder #(
  parameter int Width = direct_segment_pkg::PageWidth
) (
  input  logic [Width-1:0] a_i,
  input  logic [Width-1:0] b_i,
  output logic [Width-1:0] sum_o
);

  // Whether the bits from some way below up to this one make, or pass on, a carry.
  logic [Width-1:0] makes;
  // verilator coverage_off
  // It comes to rest at 0: by the last step there are no bits below that could pass on.
  logic [Width-1:0] passes;
  // verilator coverage_on

  always_comb begin
    makes  = a_i & b_i;
    passes = a_i ^ b_i;
    for (int step = 0; step < $clog2(Width); step++) begin
      makes  = makes | (passes & (makes << (1 << step)));
      passes = passes & (passes << (1 << step));
    end
  end

  assign sum_o = a_i ^ b_i ^ {makes[Width-2:0], 1'b0};

  logic unused;
  assign unused = makes[Width-1];  // the carry out: sums are modulo 2^Width

endmodule
