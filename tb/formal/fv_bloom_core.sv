// SPDX-License-Identifier: Apache-2.0
// The array of the escape filter for any hash at all: `watch_q` is any key's indices and `bit_q`
// any bit, arbitrary but constant.

module fv_bloom_core #(
  parameter int Bits = 256,
  parameter int Hashes = 4,
  parameter bit Partitioned = 1'b1,
  parameter int WordWidth = 32,
  localparam int PartitionBits = Partitioned ? Bits / Hashes : Bits,
  localparam int IndexWidth = $clog2(PartitionBits),
  localparam int WordIndexWidth = $clog2(Bits / WordWidth)
) (
  input logic                         clk_i,
  input logic                         rst_ni,
  input logic [Hashes*IndexWidth-1:0] indices_i, watch_i,
  input logic                         insert_i, clear_i, restore_i,
  input logic [WordIndexWidth-1:0]    word_index_i,
  input logic [WordWidth-1:0]         word_i,
  input logic [$clog2(Bits)-1:0]      bit_i
);

  logic                 hit_o;
  logic [WordWidth-1:0] word_o;
  logic [Bits-1:0]      bits;  // connected to dut.bits_q by the proof

  bloom_core #(
    .Bits(Bits), .Hashes(Hashes), .Partitioned(Partitioned), .WordWidth(WordWidth)
  ) dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .indices_i(indices_i), .hit_o(hit_o), .insert_i(insert_i),
    .clear_i(clear_i), .word_index_i(word_index_i), .word_o(word_o), .restore_i(restore_i),
    .word_i(word_i)
  );

  // Loaded under reset, constant after it.
  logic [Hashes*IndexWidth-1:0] watch_q;
  logic [$clog2(Bits)-1:0]      bit_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      watch_q <= watch_i;
      bit_q   <= bit_i;
    end
  end

  // Which bits of the array a key's indices name, and whether they are all set.
  logic [Hashes-1:0] set, names_bit;
  for (genvar hash = 0; hash < Hashes; hash++) begin : gen_place
    localparam int First = Partitioned ? hash * PartitionBits : 0;
    logic [$clog2(Bits)-1:0] watched, inserted;
    assign watched  = First + watch_q[hash*IndexWidth +: IndexWidth];
    assign inserted = First + indices_i[hash*IndexWidth +: IndexWidth];
    assign set[hash]       = bits[watched];
    assign names_bit[hash] = inserted == bit_q;
  end

  logic present_q;  // the watched key was inserted and nothing took it out
  logic empty_q;    // nothing was put in since reset or clear
  logic model_q;    // what bit `bit_q` must be
  logic started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    if (!rst_ni || clear_i) begin
      present_q <= 1'b0;
      empty_q   <= 1'b1;
      model_q   <= 1'b0;
    end else begin
      if (restore_i) begin
        present_q <= 1'b0;
        empty_q   <= 1'b0;
        if (bit_q / WordWidth == word_index_i) model_q <= word_i[bit_q % WordWidth];
      end
      if (insert_i) begin
        if (indices_i == watch_q) present_q <= 1'b1;
        if (|names_bit)           model_q   <= 1'b1;
        empty_q <= 1'b0;
      end
    end
  end

  always_comb begin
    if (started_q) begin
      // An inserted key is always reported.
      if (present_q) assert (&set);
      if (present_q && indices_i == watch_q) assert (hit_o);
      // Clear empties: no key hits, every word is 0.
      if (empty_q) assert (bits == '0 && !hit_o && word_o == '0);
      // Each bit is what insertions, clears and restores make it, and is saved as it is.
      assert (bits[bit_q] == model_q);
      if (bit_q / WordWidth == word_index_i) assert (word_o[bit_q % WordWidth] == model_q);
      // A hit is all bits set and nothing else.
      if (indices_i == watch_q) assert (hit_o == &set);
    end
  end

endmodule
