// SPDX-License-Identifier: Apache-2.0
// The whole filter, hashes and array: an inserted page is always reported, an empty filter reports
// none. At full size the two are proved apart: the hashes are a pure function of the one key port.

module fv_escape_filter #(
  parameter int KeyWidth = 12,
  parameter int Bits = 64,
  parameter int Hashes = 4,
  parameter bit Partitioned = 1'b1,
  parameter int WordWidth = 16,
  parameter logic [63:0] Seed = 64'd1,
  localparam int PartitionBits = Partitioned ? Bits / Hashes : Bits,
  localparam int IndexWidth = $clog2(PartitionBits),
  localparam int WordIndexWidth = $clog2(Bits / WordWidth)
) (
  input logic                      clk_i,
  input logic                      rst_ni,
  input logic [KeyWidth-1:0]       key_i, watch_i,
  input logic                      insert_i, clear_i, restore_i,
  input logic [WordIndexWidth-1:0] word_index_i,
  input logic [WordWidth-1:0]      word_i
);

  logic                 hit_o;
  logic [WordWidth-1:0] word_o;
  logic [Bits-1:0]      bits;  // connected to dut.i_core.bits_q by the proof

  escape_filter #(
    .KeyWidth(KeyWidth), .Bits(Bits), .Hashes(Hashes), .Partitioned(Partitioned),
    .Seed(Seed), .WordWidth(WordWidth)
  ) dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .key_i(key_i), .hit_o(hit_o), .insert_i(insert_i),
    .clear_i(clear_i), .word_index_i(word_index_i), .word_o(word_o), .restore_i(restore_i),
    .word_i(word_i)
  );

  logic [KeyWidth-1:0] watch_q;
  always_ff @(posedge clk_i) if (!rst_ni) watch_q <= watch_i;

  logic [Hashes*IndexWidth-1:0] watched;
  h3_hash #(
    .KeyWidth(KeyWidth), .Hashes(Hashes), .IndexWidth(IndexWidth), .Seed(Seed)
  ) i_watched (
    .key_i(watch_q), .indices_o(watched)
  );
  logic [Hashes-1:0] set;
  for (genvar hash = 0; hash < Hashes; hash++) begin : gen_set
    localparam int First = Partitioned ? hash * PartitionBits : 0;
    logic [$clog2(Bits)-1:0] place;
    assign place     = First + watched[hash*IndexWidth +: IndexWidth];
    assign set[hash] = bits[place];
  end

  logic present_q, empty_q;
  logic started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    if (!rst_ni || clear_i) begin
      present_q <= 1'b0;
      empty_q   <= 1'b1;
    end else begin
      if (restore_i) begin
        present_q <= 1'b0;
        empty_q   <= 1'b0;
      end
      if (insert_i) begin
        if (key_i == watch_q) present_q <= 1'b1;
        empty_q <= 1'b0;
      end
    end
  end

  always_comb begin
    if (started_q) begin
      if (present_q) assert (&set);
      if (present_q && key_i == watch_q) assert (hit_o);
      if (empty_q) assert (bits == '0 && !hit_o);
    end
  end

endmodule
