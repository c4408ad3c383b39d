// SPDX-License-Identifier: Apache-2.0
// For all inputs the comparator is its expression: the comparisons written as borrows of
// subtractions a bit wider, the sum as a subtraction of the complement.

module fv_segment_compare #(
  parameter int PageWidth = 52
) (
  input logic                 enable_i,
  input logic [PageWidth-1:0] base_i, limit_i, offset_i, page_i
);

  logic                 inside_o;
  logic [PageWidth-1:0] sum_o;

  segment_compare #(.PageWidth(PageWidth)) dut (
    .enable_i(enable_i), .base_i(base_i), .limit_i(limit_i), .offset_i(offset_i),
    .page_i(page_i), .inside_o(inside_o), .sum_o(sum_o)
  );

  logic [PageWidth:0] below_base, below_limit;
  assign below_base  = {1'b0, page_i} - {1'b0, base_i};
  assign below_limit = {1'b0, page_i} - {1'b0, limit_i};

  always_comb begin
    assert (inside_o == (enable_i && !below_base[PageWidth] && below_limit[PageWidth]));
    assert (sum_o == offset_i - ~page_i - PageWidth'(1));
    // A level whose BASE is its LIMIT contains nothing.
    assert (!(inside_o && base_i == limit_i));
  end

endmodule
