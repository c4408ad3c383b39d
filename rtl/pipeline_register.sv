// SPDX-License-Identifier: Apache-2.0
// One place of a ready/valid pipeline; transparent if not Registered. `taken_o` says that what
// stands at the input moves on at this clock edge.

module pipeline_register #(
  parameter int Width = 8,
  parameter bit Registered = 1'b1
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             valid_i,
  output logic             ready_o,
  input  logic [Width-1:0] data_i,
  output logic             taken_o,

  output logic             valid_o,
  input  logic             ready_i,
  output logic [Width-1:0] data_o
);

  assign taken_o = valid_i && ready_o;

  if (Registered) begin : gen_registered
    logic             valid_q;
    logic [Width-1:0] data_q;

    always_ff @(posedge clk_i) begin
      if (!rst_ni)      valid_q <= 1'b0;
      else if (ready_o) valid_q <= valid_i;
    end

    always_ff @(posedge clk_i) begin
      if (taken_o) data_q <= data_i;
    end

    assign ready_o = !valid_q || ready_i;
    assign valid_o = valid_q;
    assign data_o  = data_q;
  end else begin : gen_transparent
    assign ready_o = ready_i;
    assign valid_o = valid_i;
    assign data_o  = data_i;

    logic unused;
    assign unused = ^{clk_i, rst_ni};
  end

endmodule
