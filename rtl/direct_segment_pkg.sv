// SPDX-License-Identifier: Apache-2.0
// Parameters, operations and hash matrices of the direct segments' hardware.

package direct_segment_pkg;

  // verilator lint_off UNUSEDPARAM
  // Each module uses some of these; OpCheck is named for those who ask.

  // Defaults: the escape filter of the model's default configuration, keyed as the model keys it.
  parameter int PageWidth = 52;     // bits of a page number: 52 for 64-bit addresses of 4 KiB pages
  parameter int FilterBits = 256;
  parameter int FilterHashes = 4;
  parameter bit FilterPartitioned = 1'b1;
  parameter logic [63:0] FilterSeed = 64'd1;
  parameter int WordWidth = 32;     // of a filter word as it is saved and restored

  // What a request asks of `dual_direct_stage`.
  parameter int OpWidth = 4;
  parameter logic [OpWidth-1:0] OpComplete    = 4'd0;  // the whole check at an L1 miss: both levels
  parameter logic [OpWidth-1:0] OpCheck       = 4'd1;  // one level: the walker's check
  parameter logic [OpWidth-1:0] OpWriteBase   = 4'd2;
  parameter logic [OpWidth-1:0] OpWriteLimit  = 4'd3;
  parameter logic [OpWidth-1:0] OpWriteOffset = 4'd4;
  parameter logic [OpWidth-1:0] OpWriteEnable = 4'd5;  // operand bit 0
  parameter logic [OpWidth-1:0] OpInsert      = 4'd6;  // operand: the page
  parameter logic [OpWidth-1:0] OpClear       = 4'd7;
  parameter logic [OpWidth-1:0] OpRestore     = 4'd8;  // operand: the word
  parameter logic [OpWidth-1:0] OpSave        = 4'd9;  // answers the word

  // Levels.
  parameter logic LevelGuest = 1'b0;  // gVA -> gPA
  parameter logic LevelVmm   = 1'b1;  // gPA -> hPA

  // verilator lint_on UNUSEDPARAM

  // Row of output bit `index` of hash `hash`: SplitMix64's output number 16 x hash + index from
  // `seed`, its low 52 bits (the model's H3::row).
  function automatic logic [63:0] h3_row(input logic [31:0] hash, input logic [31:0] index,
                                         input logic [63:0] seed);
    logic [63:0] z;
    z = seed + 64'h9e3779b97f4a7c15 * {32'd0, 32'd16 * hash + index + 32'd1};
    z = (z ^ (z >> 30)) * 64'hbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 64'h94d049bb133111eb;
    h3_row = (z ^ (z >> 31)) & 64'h000fffffffffffff;
  endfunction

endpackage
