// SPDX-License-Identifier: Apache-2.0
// One segment level with its registers and, side by side with the comparator, its escape filter.
// The answers are combinational; `write_i` makes what `op_i` asks for happen at the clock edge.

module segment_level #(
  parameter int PageWidth = direct_segment_pkg::PageWidth,
  parameter bit HasFilter = 1'b1,
  parameter int FilterBits = direct_segment_pkg::FilterBits,
  parameter int FilterHashes = direct_segment_pkg::FilterHashes,
  parameter bit FilterPartitioned = direct_segment_pkg::FilterPartitioned,
  parameter logic [63:0] FilterSeed = direct_segment_pkg::FilterSeed,
  parameter int WordWidth = direct_segment_pkg::WordWidth,
  localparam int Words = FilterBits / WordWidth,
  localparam int WordIndexWidth = Words > 1 ? $clog2(Words) : 1
) (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,        // synchronous: level off

  input  logic                                   write_i,
  input  logic [direct_segment_pkg::OpWidth-1:0] op_i,
  input  logic [WordIndexWidth-1:0]              word_index_i,  // below Words
  input  logic [PageWidth-1:0]                   operand_i,     // page, register or filter word

  output logic                                   inside_o,
  output logic                                   escaped_o,     // inside and in the filter
  output logic [PageWidth-1:0]                   sum_o,
  output logic [WordWidth-1:0]                   word_o
);

  logic                 enable_q;
  logic [PageWidth-1:0] base_q, limit_q, offset_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      enable_q <= 1'b0;
    end else if (write_i && op_i == direct_segment_pkg::OpWriteEnable) begin
      enable_q <= operand_i[0];
    end
  end

  // Without a reset: they mean nothing until the level is switched on.
  always_ff @(posedge clk_i) begin
    if (write_i && op_i == direct_segment_pkg::OpWriteBase)   base_q   <= operand_i;
    if (write_i && op_i == direct_segment_pkg::OpWriteLimit)  limit_q  <= operand_i;
    if (write_i && op_i == direct_segment_pkg::OpWriteOffset) offset_q <= operand_i;
  end

  segment_compare #(.PageWidth(PageWidth)) i_compare (
    .enable_i(enable_q), .base_i(base_q), .limit_i(limit_q), .offset_i(offset_q),
    .page_i(operand_i), .inside_o(inside_o), .sum_o(sum_o)
  );

  if (HasFilter) begin : gen_filter
    logic hit;

    escape_filter #(
      .KeyWidth(PageWidth), .Bits(FilterBits), .Hashes(FilterHashes),
      .Partitioned(FilterPartitioned), .Seed(FilterSeed), .WordWidth(WordWidth)
    ) i_filter (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .key_i(operand_i), .hit_o(hit),
      .insert_i(write_i && op_i == direct_segment_pkg::OpInsert),
      .clear_i(write_i && op_i == direct_segment_pkg::OpClear),
      .word_index_i(word_index_i), .word_o(word_o),
      .restore_i(write_i && op_i == direct_segment_pkg::OpRestore),
      .word_i(operand_i[WordWidth-1:0])
    );

    assign escaped_o = inside_o && hit;
  end else begin : gen_no_filter
    assign escaped_o = 1'b0;
    assign word_o    = '0;

    logic unused;
    assign unused = ^word_index_i;
  end

endmodule
