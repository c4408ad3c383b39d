// SPDX-License-Identifier: Apache-2.0
// The pipeline loses nothing and reorders nothing: requests come with any ids, and answers carry
// these in the order of acceptance, each once; an answer waits, unchanged, until it is taken. Of
// what is answered: a page is mapped if and only if it is inside and has not escaped, a completion's
// at both levels, else at the level that was asked.

module fv_dual_direct_stage #(
  parameter int Depth = 2,
  parameter int PageWidth = 36,
  parameter int FilterBits = 256,
  parameter int IdWidth = 4,
  localparam int WordIndexWidth = $clog2(FilterBits / direct_segment_pkg::WordWidth)
) (
  input logic                                   clk_i,
  input logic                                   rst_ni,
  input logic                                   request_valid_i,
  input logic [IdWidth-1:0]                     request_id_i,
  input logic [direct_segment_pkg::OpWidth-1:0] request_op_i,
  input logic                                   request_level_i,
  input logic [WordIndexWidth-1:0]              request_word_i,
  input logic [PageWidth-1:0]                   request_operand_i,
  input logic                                   response_ready_i
);

  logic                 request_ready, response_valid, maps;
  logic [IdWidth-1:0]   response_id;
  logic [1:0]           is_inside, is_escaped;
  logic [PageWidth-1:0] page;

  // Connected to the first register's by the proof, if there is one.
  logic                                   middle_valid, middle_level;
  logic [IdWidth-1:0]                     middle_id;
  logic [direct_segment_pkg::OpWidth-1:0] middle_op;

  dual_direct_stage #(
    .PageWidth(PageWidth), .FilterBits(FilterBits), .Depth(Depth), .IdWidth(IdWidth)
  ) dut (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .request_valid_i(request_valid_i), .request_ready_o(request_ready),
    .request_id_i(request_id_i), .request_op_i(request_op_i), .request_level_i(request_level_i),
    .request_word_i(request_word_i), .request_operand_i(request_operand_i),
    .response_valid_o(response_valid), .response_ready_i(response_ready_i),
    .response_id_o(response_id), .response_maps_o(maps), .response_inside_o(is_inside),
    .response_escaped_o(is_escaped), .response_page_o(page)
  );

  // What is under way, in the order of acceptance: whether it completes, level, id.
  localparam int AskedWidth = 2 + IdWidth;
  logic                  accepts, answers;
  logic [1:0]            count_q;
  logic [AskedWidth-1:0] request, first_q, second_q, answered;
  assign request = {request_op_i == direct_segment_pkg::OpComplete, request_level_i, request_id_i};
  assign accepts = request_valid_i && request_ready;
  assign answers = response_valid && response_ready_i;

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    if (!rst_ni) begin
      count_q <= '0;
    end else begin
      count_q <= count_q + 2'(accepts) - 2'(answers);
      if (answers) first_q <= second_q;
      if (accepts) begin
        if (count_q == 2'(answers)) first_q  <= request;
        else                        second_q <= request;
      end
    end
  end

  // An answer that had to wait.
  logic                   waited_q;
  logic [IdWidth+PageWidth+4:0] answer, answer_q;
  assign answer = {response_id, maps, is_inside, is_escaped, page};
  always_ff @(posedge clk_i) begin
    waited_q <= rst_ni && response_valid && !response_ready_i;
    answer_q <= answer;
  end

  logic [1:0] inside_count;
  always_comb begin
    case (Depth)
      0:       inside_count = '0;
      1:       inside_count = 2'(response_valid);
      default: inside_count = 2'(response_valid) + 2'(middle_valid);
    endcase
  end

  // Without a pipeline an answer is that of the request at the port.
  assign answered = Depth == 0 ? request : first_q;

  logic of_both, of_vmm, is_mapped;
  assign {of_both, of_vmm} = answered[IdWidth +: 2];
  assign is_mapped = of_both ? is_inside == 2'b11 && is_escaped == 2'b00
                             : is_inside[of_vmm] && !is_escaped[of_vmm];

  always_comb begin
    if (started_q && rst_ni) begin
      assert (count_q == inside_count);
      if (response_valid) assert (response_id == answered[IdWidth-1:0]);
      if (Depth == 0) assert (response_valid == request_valid_i);
      if (Depth > 1 && middle_valid)
        assert ({middle_op == direct_segment_pkg::OpComplete, middle_level, middle_id} ==
                (response_valid ? second_q : first_q));
      if (Depth > 0 && waited_q) assert (response_valid && answer == answer_q);
      // A request is accepted as long as there is room for it.
      if (Depth > 0 && response_ready_i) assert (request_ready);
      if (response_valid) assert ((is_escaped & ~is_inside) == 2'b00);
      if (response_valid) assert (maps == is_mapped);
    end
  end

endmodule
