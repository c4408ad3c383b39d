// SPDX-License-Identifier: Apache-2.0
// One place of the pipeline is a queue of one: what goes in comes out once, unchanged, next.

module fv_pipeline_register #(
  parameter int Width = 16
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_i, ready_i,
  input logic [Width-1:0] data_i
);

  logic             ready_o, valid_o, taken_o;
  logic [Width-1:0] data_o;

  pipeline_register #(.Width(Width), .Registered(1'b1)) dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .ready_o(ready_o), .data_i(data_i),
    .taken_o(taken_o), .valid_o(valid_o), .ready_i(ready_i), .data_o(data_o)
  );

  logic             held_q;
  logic [Width-1:0] held_data_q;
  logic             started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    if (!rst_ni) begin
      held_q <= 1'b0;
    end else begin
      if (held_q && ready_i) held_q <= 1'b0;
      if (valid_i && ready_o) begin
        held_q      <= 1'b1;
        held_data_q <= data_i;
      end
    end
  end

  always_comb begin
    if (started_q) begin
      assert (valid_o == held_q);
      if (held_q) assert (data_o == held_data_q);
      // It takes what it has room for, and never drops what it holds.
      assert (ready_o == (!held_q || ready_i));
      assert (taken_o == (valid_i && ready_o));
    end
  end

endmodule
