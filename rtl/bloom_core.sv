// SPDX-License-Identifier: Apache-2.0
// The bit array of a Bloom filter. Partitioned, hash h has bits [h * PartitionBits, (h + 1) *
// PartitionBits) of its own; else all hashes share all bits.
//
// The array has a synchronous reset, which is its clear: a flip-flop with an asynchronous one has
// twice the area in many libraries. At most one of insert, clear and restore a cycle; clear wins.

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

  // Save and restore, a word at a time.
  input  logic [WordIndexWidth-1:0]    word_index_i,
  output logic [WordWidth-1:0]         word_o,
  input  logic                         restore_i,
  input  logic [WordWidth-1:0]         word_i
);

  logic [Bits-1:0]   bits_q;
  logic [Bits-1:0]   chosen;  // by the key's indices
  logic [Hashes-1:0] hits;

  if (Partitioned) begin : gen_partitioned
    for (genvar hash = 0; hash < Hashes; hash++) begin : gen_hash
      logic [PartitionBits-1:0] partition;
      logic [IndexWidth-1:0]    index;
      assign partition  = bits_q[hash*PartitionBits +: PartitionBits];
      assign index      = indices_i[hash*IndexWidth +: IndexWidth];
      assign hits[hash] = partition[index];
      assign chosen[hash*PartitionBits +: PartitionBits] = PartitionBits'(1) << index;
    end
  end else begin : gen_shared
    logic [Hashes*Bits-1:0] chosen_by;
    for (genvar hash = 0; hash < Hashes; hash++) begin : gen_hash
      logic [IndexWidth-1:0] index;
      assign index      = indices_i[hash*IndexWidth +: IndexWidth];
      assign hits[hash] = bits_q[index];
      assign chosen_by[hash*Bits +: Bits] = Bits'(1) << index;
    end
    always_comb begin
      chosen = '0;
      for (int hash = 0; hash < Hashes; hash++) chosen = chosen | chosen_by[hash*Bits +: Bits];
    end
  end
  assign hit_o = &hits;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) bits_q <= '0;
    else if (insert_i)      bits_q <= bits_q | chosen;
    else if (restore_i)     bits_q[word_index_i*WordWidth +: WordWidth] <= word_i;
  end

  assign word_o = bits_q[word_index_i*WordWidth +: WordWidth];

  initial begin
    if (Bits % WordWidth != 0) $error("bloom_core: Bits must be a multiple of WordWidth");
    if (PartitionBits < 2 || (PartitionBits & (PartitionBits - 1)) != 0)
      $error("bloom_core: bits (a hash) must be a power of two, at least 2");
  end

endmodule
