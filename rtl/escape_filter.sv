// SPDX-License-Identifier: Apache-2.0
// The escape filter: a Bloom filter of page numbers that a segment leaves to paging. Look-up and
// insertion have one key port, hence one set of hashes: a cycle does one of them.

module escape_filter #(
  parameter int KeyWidth = direct_segment_pkg::PageWidth,
  parameter int Bits = direct_segment_pkg::FilterBits,
  parameter int Hashes = direct_segment_pkg::FilterHashes,
  parameter bit Partitioned = direct_segment_pkg::FilterPartitioned,
  parameter logic [63:0] Seed = direct_segment_pkg::FilterSeed,
  parameter int WordWidth = direct_segment_pkg::WordWidth,
  localparam int Words = Bits / WordWidth,
  localparam int WordIndexWidth = Words > 1 ? $clog2(Words) : 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,       // synchronous; empties the filter

  input  logic [KeyWidth-1:0]       key_i,
  output logic                      hit_o,        // combinational: the key seems to be in
  input  logic                      insert_i,     // put the key in at the clock edge

  input  logic                      clear_i,      // wins over insert and restore

  input  logic [WordIndexWidth-1:0] word_index_i,
  output logic [WordWidth-1:0]      word_o,
  input  logic                      restore_i,
  input  logic [WordWidth-1:0]      word_i
);

  localparam int PartitionBits = Partitioned ? Bits / Hashes : Bits;
  localparam int IndexWidth = PartitionBits > 1 ? $clog2(PartitionBits) : 1;

  logic [Hashes*IndexWidth-1:0] indices;

  h3_hash #(
    .KeyWidth(KeyWidth), .Hashes(Hashes), .IndexWidth(IndexWidth), .Seed(Seed)
  ) i_hash (
    .key_i(key_i), .indices_o(indices)
  );

  bloom_core #(
    .Bits(Bits), .Hashes(Hashes), .Partitioned(Partitioned), .WordWidth(WordWidth)
  ) i_core (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .indices_i(indices), .hit_o(hit_o), .insert_i(insert_i),
    .clear_i(clear_i),
    .word_index_i(word_index_i), .word_o(word_o), .restore_i(restore_i), .word_i(word_i)
  );

endmodule
