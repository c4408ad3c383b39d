// SPDX-License-Identifier: Apache-2.0
// The bit array of a Bloom filter. Partitioned, hash h has bits [h * PartitionBits, (h + 1) *
// PartitionBits) of its own; else all hashes share all bits.
//
// The array has a synchronous reset, which is its clear: a flip-flop with an asynchronous one has
// twice the area in many libraries. Clear wins; insert and restore in one cycle do both.
// A bit's next value is made of gates that most bits share: whether its word is kept, and its row
// and column of the insertion.

/* verilator lint_off WIDTHCONCAT */  // Filters of more than 8192 bits are meant.
module bloom_core #(
  parameter int Bits = direct_segment_pkg::FilterBits,
  parameter int Hashes = direct_segment_pkg::FilterHashes,
  parameter bit Partitioned = direct_segment_pkg::FilterPartitioned,
  parameter int WordWidth = direct_segment_pkg::WordWidth,
  localparam int PartitionBits = Partitioned ? Bits / Hashes : Bits,
  localparam int IndexWidth = PartitionBits > 1 ? $clog2(PartitionBits) : 1,
  localparam int Words = Bits / WordWidth,
  localparam int WordIndexWidth = Words > 1 ? $clog2(Words) : 1
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,

  // The bits of one key, an index a hash: whether all are set, and setting them.
  input  logic [Hashes*IndexWidth-1:0] indices_i,
  output logic                         hit_o,     // combinational, before any insert
  input  logic                         insert_i,

  input  logic                         clear_i,

  // Save and restore, a word at a time: of 0 to Words - 1, which need not be a power of two.
  input  logic [WordIndexWidth-1:0]    word_index_i,
  output logic [WordWidth-1:0]         word_o,
  input  logic                         restore_i,
  input  logic [WordWidth-1:0]         word_i
);

  localparam int ColumnBits = IndexWidth / 2;
  localparam int Columns = 1 << ColumnBits;
  localparam int Rows = PartitionBits / Columns;

  logic [Bits-1:0]   bits_q;
  logic [Hashes-1:0] hits;

  for (genvar hash = 0; hash < Hashes; hash++) begin : gen_look_up
    localparam int First = Partitioned ? hash * PartitionBits : 0;
    logic [PartitionBits-1:0] partition;
    assign partition  = bits_q[First +: PartitionBits];
    assign hits[hash] = partition[indices_i[hash*IndexWidth +: IndexWidth]];
  end
  assign hit_o  = &hits;
  assign word_o = bits_q[word_index_i*WordWidth +: WordWidth];

  // Functions of the clock edge alone: a look-up need not simulate them.
  function automatic logic [PartitionBits-1:0] decoded(input logic [IndexWidth-1:0] index);
    for (int row = 0; row < Rows; row++) begin
      decoded[row*Columns +: Columns] =
          index[IndexWidth-1:ColumnBits] == (IndexWidth - ColumnBits)'(row) ?
          Columns'(1) << index[ColumnBits-1:0] : '0;
    end
  endfunction

  function automatic logic [Bits-1:0] inserted(input logic [Hashes*IndexWidth-1:0] indices);
    inserted = '0;
    for (int hash = 0; hash < Hashes; hash++) begin
      inserted[(Partitioned ? hash : 0)*PartitionBits +: PartitionBits] =
          inserted[(Partitioned ? hash : 0)*PartitionBits +: PartitionBits] |
          decoded(indices[hash*IndexWidth +: IndexWidth]);
    end
  endfunction

  // All bits of the words that are chosen.
  function automatic logic [Bits-1:0] words(input logic [Words-1:0] chosen);
    for (int word = 0; word < Words; word++) begin
      words[word*WordWidth +: WordWidth] = {WordWidth{chosen[word]}};
    end
  endfunction

  logic             empties;
  logic [Words-1:0] restored;
  assign empties  = !rst_ni || clear_i;
  assign restored = restore_i ? Words'(1) << word_index_i : '0;

  always_ff @(posedge clk_i) begin
    bits_q <= (bits_q & ~words(restored | {Words{empties}})) |
              (inserted(indices_i) & {Bits{insert_i && !empties}}) |
              (words(restored & {Words{!empties}}) & {Words{word_i}});
  end

  initial begin
    if (Bits % WordWidth != 0) $error("bloom_core: Bits must be a multiple of WordWidth");
    if (PartitionBits < 4 || PartitionBits > 65536 || (PartitionBits & (PartitionBits - 1)) != 0)
      $error("bloom_core: bits (a hash) must be a power of two from 4 to 65536");
    if (Hashes < 1 || Hashes > 8 || PartitionBits * (Partitioned ? Hashes : 1) != Bits)
      $error("bloom_core: Hashes must be 1 to 8, and divide Bits if each has its own");
  end

endmodule
