// SPDX-License-Identifier: Apache-2.0
// Both segment levels behind one request port: the whole check at an L1 TLB miss, the page walker's
// single checks, and every write of a register or filter. All go down one pipeline in order, and
// take effect where they pass, so that each sees what those before it left and nothing of those
// after it.
//
// Depth 0: combinational. 1: answers are registered. 2: a register between the levels as well. The
// VMM level cannot begin earlier: it compares, and hashes, the gPA that the guest level makes.

module dual_direct_stage #(
  parameter int PageWidth = direct_segment_pkg::PageWidth,
  parameter bit GuestFilter = 1'b1,  // a filter on the guest level too
  parameter int FilterBits = direct_segment_pkg::FilterBits,
  parameter int FilterHashes = direct_segment_pkg::FilterHashes,
  parameter bit FilterPartitioned = direct_segment_pkg::FilterPartitioned,
  parameter logic [63:0] FilterSeed = direct_segment_pkg::FilterSeed,
  parameter int WordWidth = direct_segment_pkg::WordWidth,
  parameter int Depth = 0,
  parameter int IdWidth = 4,
  localparam int Words = FilterBits / WordWidth,
  localparam int WordIndexWidth = Words > 1 ? $clog2(Words) : 1
) (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,  // synchronous: levels off, filters empty

  // Requests.
  input  logic                                   request_valid_i,
  output logic                                   request_ready_o,
  input  logic [IdWidth-1:0]                     request_id_i,
  input  logic [direct_segment_pkg::OpWidth-1:0] request_op_i,
  input  logic                                   request_level_i,    // unused by OpComplete
  input  logic [WordIndexWidth-1:0]              request_word_i,     // a filter word, below Words
  input  logic [PageWidth-1:0]                   request_operand_i,  // page, register, filter word

  // Answers, in the order of the requests. A write is answered too, when it has happened.
  output logic                                   response_valid_o,
  input  logic                                   response_ready_i,
  output logic [IdWidth-1:0]                     response_id_o,
  output logic                                   response_maps_o,     // segments translate the page
  output logic [1:0]                             response_inside_o,   // a bit a level
  output logic [1:0]                             response_escaped_o,  // inside and in the filter
  output logic [PageWidth-1:0]                   response_page_o      // the page, or OpSave's word
);

  localparam int OpWidth = direct_segment_pkg::OpWidth;

  // ---- Guest level -----------------------------------------------------------------------------

  logic                 at_guest, guest_taken;
  logic                 guest_inside, guest_escaped;
  logic [PageWidth-1:0] guest_sum, guest_page;
  logic [WordWidth-1:0] guest_word;

  assign at_guest = request_op_i == direct_segment_pkg::OpComplete ||
                    request_level_i == direct_segment_pkg::LevelGuest;

  segment_level #(
    .PageWidth(PageWidth), .HasFilter(GuestFilter), .FilterBits(FilterBits),
    .FilterHashes(FilterHashes), .FilterPartitioned(FilterPartitioned), .FilterSeed(FilterSeed),
    .WordWidth(WordWidth)
  ) i_guest (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .write_i(guest_taken && at_guest), .op_i(request_op_i), .word_index_i(request_word_i),
    .operand_i(request_operand_i),
    .inside_o(guest_inside), .escaped_o(guest_escaped), .sum_o(guest_sum), .word_o(guest_word)
  );

  // What goes on: the gPA, or what the VMM level is asked about.
  always_comb begin
    if (!at_guest)                                          guest_page = request_operand_i;
    else if (request_op_i == direct_segment_pkg::OpSave)    guest_page = PageWidth'(guest_word);
    else                                                    guest_page = guest_sum;
  end

  // ---- Between the levels ----------------------------------------------------------------------

  localparam int MiddleWidth = IdWidth + OpWidth + 1 + WordIndexWidth + 2 + PageWidth;

  logic                      middle_valid, middle_ready;
  logic [MiddleWidth-1:0]    middle_in, middle_out;
  logic [IdWidth-1:0]        middle_id;
  logic [OpWidth-1:0]        middle_op;
  logic                      middle_level, middle_inside, middle_escaped;
  logic [WordIndexWidth-1:0] middle_word;
  logic [PageWidth-1:0]      middle_page;

  assign middle_in = {request_id_i, request_op_i, request_level_i, request_word_i,
                      guest_inside && at_guest, guest_escaped && at_guest, guest_page};
  assign {middle_id, middle_op, middle_level, middle_word,
          middle_inside, middle_escaped, middle_page} = middle_out;

  pipeline_register #(.Width(MiddleWidth), .Registered(Depth > 1)) i_middle (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .valid_i(request_valid_i), .ready_o(request_ready_o), .data_i(middle_in),
    .taken_o(guest_taken),
    .valid_o(middle_valid), .ready_i(middle_ready), .data_o(middle_out)
  );

  // ---- VMM level -------------------------------------------------------------------------------

  logic                 completes, at_vmm, vmm_asked, vmm_taken;
  logic                 vmm_inside, vmm_escaped;
  logic [PageWidth-1:0] vmm_sum;
  logic [WordWidth-1:0] vmm_word;

  assign completes = middle_op == direct_segment_pkg::OpComplete;
  assign at_vmm    = !completes && middle_level == direct_segment_pkg::LevelVmm;
  // An address that the guest level does not map has no gPA to compare.
  assign vmm_asked = at_vmm || (completes && middle_inside && !middle_escaped);

  segment_level #(
    .PageWidth(PageWidth), .HasFilter(1'b1), .FilterBits(FilterBits),
    .FilterHashes(FilterHashes), .FilterPartitioned(FilterPartitioned), .FilterSeed(FilterSeed),
    .WordWidth(WordWidth)
  ) i_vmm (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .write_i(vmm_taken && at_vmm), .op_i(middle_op), .word_index_i(middle_word),
    .operand_i(middle_page),
    .inside_o(vmm_inside), .escaped_o(vmm_escaped), .sum_o(vmm_sum), .word_o(vmm_word)
  );

  // ---- Answer ----------------------------------------------------------------------------------

  localparam int ResponseWidth = IdWidth + 1 + 2 + 2 + PageWidth;

  logic [ResponseWidth-1:0] response_in, response_out;
  logic [1:0]               is_inside, is_escaped;
  logic                     maps;
  logic [PageWidth-1:0]     page;

  assign is_inside  = {vmm_inside && vmm_asked, middle_inside};
  assign is_escaped = {vmm_escaped && vmm_asked, middle_escaped};
  assign maps       = completes || at_vmm ? is_inside[1] && !is_escaped[1]
                                          : is_inside[0] && !is_escaped[0];

  always_comb begin
    if (!completes && !at_vmm)                          page = middle_page;
    else if (middle_op == direct_segment_pkg::OpSave)   page = PageWidth'(vmm_word);
    else                                                page = vmm_sum;
  end

  assign response_in = {middle_id, maps, is_inside, is_escaped, page};
  assign {response_id_o, response_maps_o, response_inside_o, response_escaped_o,
          response_page_o} = response_out;

  pipeline_register #(.Width(ResponseWidth), .Registered(Depth > 0)) i_response (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .valid_i(middle_valid), .ready_o(middle_ready), .data_i(response_in),
    .taken_o(vmm_taken),
    .valid_o(response_valid_o), .ready_i(response_ready_i), .data_o(response_out)
  );

  initial begin
    if (PageWidth < WordWidth) $error("dual_direct_stage: a filter word must fit in an operand");
    if (PageWidth > 52) $error("dual_direct_stage: the hashes know 52 bits of a page number");
    if (IdWidth < 1) $error("dual_direct_stage: IdWidth must be 1 or more");
    if (Depth < 0 || Depth > 2) $error("dual_direct_stage: Depth must be 0, 1 or 2");
  end

endmodule
