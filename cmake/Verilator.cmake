# SPDX-License-Identifier: Apache-2.0
# Provides verilate() if Verilator is installed; without it everything but the RTL is built.
find_package(verilator QUIET HINTS "$ENV{VERILATOR_ROOT}")
if(NOT verilator_FOUND)
  message(STATUS "Verilator not found: no RTL in this build")
endif()

include(RtlFilter)
