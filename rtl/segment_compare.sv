// SPDX-License-Identifier: Apache-2.0
// One segment level, on page numbers: BASE <= page < LIMIT, and page + OFFSET modulo 2^PageWidth.
// Pure. BASE = LIMIT, or BASE above LIMIT, contains nothing.

module segment_compare #(
  parameter int PageWidth = direct_segment_pkg::PageWidth
) (
  input  logic                 enable_i,
  input  logic [PageWidth-1:0] base_i,
  input  logic [PageWidth-1:0] limit_i,
  input  logic [PageWidth-1:0] offset_i,

  input  logic [PageWidth-1:0] page_i,
  output logic                 inside_o,
  output logic [PageWidth-1:0] sum_o
);

  assign inside_o = enable_i && page_i >= base_i && page_i < limit_i;

  prefix_adder #(.Width(PageWidth)) i_sum (.a_i(page_i), .b_i(offset_i), .sum_o(sum_o));

endmodule
