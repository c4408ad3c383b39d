# SPDX-License-Identifier: Apache-2.0
# Provides verilate() if Verilator is installed; without it everything but the RTL is built.
find_package(verilator QUIET HINTS "$ENV{VERILATOR_ROOT}")
if(NOT verilator_FOUND)
  message(STATUS "Verilator not found: no RTL in this build")
endif()

# Of the RTL that co-simulation runs; a run with segment_unit = "rtl" must have the same filter.
set(NESTWALK_RTL_FILTER_BITS 256 CACHE STRING "Bits of the RTL's escape filters")
set(NESTWALK_RTL_FILTER_HASHES 4 CACHE STRING "Hashes of the RTL's escape filters")
option(NESTWALK_RTL_FILTER_PARTITIONED "Whether each hash has bits of its own" ON)
set(NESTWALK_RTL_FILTER_SEED 1 CACHE STRING "Seed of the RTL's H3 matrices")
