# SPDX-License-Identifier: Apache-2.0
# The filter of the RTL that co-simulation runs; a run with segment_unit = "rtl" must have the same.
# What no run can have, or the RTL cannot be, is refused here: Verilator would say it in its own
# words, or the program would stop at its first check.
set(NESTWALK_RTL_FILTER_BITS 256 CACHE STRING "Bits of the RTL's escape filters")
set(NESTWALK_RTL_FILTER_HASHES 4 CACHE STRING "Hashes of the RTL's escape filters")
option(NESTWALK_RTL_FILTER_PARTITIONED "Whether each hash has bits of its own" ON)
set(NESTWALK_RTL_FILTER_SEED 1 CACHE STRING "Seed of the RTL's H3 matrices")

if(NOT NESTWALK_RTL_FILTER_HASHES MATCHES "^[1-8]$")
  message(FATAL_ERROR "NESTWALK_RTL_FILTER_HASHES must be a whole number from 1 to 8, not "
          "${NESTWALK_RTL_FILTER_HASHES}")
endif()
set(rtl_filter_sizes "")
foreach(power RANGE 2 16)
  math(EXPR rtl_filter_size "1 << ${power}")
  if(NESTWALK_RTL_FILTER_PARTITIONED)
    math(EXPR rtl_filter_size "${rtl_filter_size} * ${NESTWALK_RTL_FILTER_HASHES}")
  endif()
  math(EXPR rtl_filter_rest "${rtl_filter_size} % 32")  # saved and restored by words
  if(rtl_filter_rest EQUAL 0)
    list(APPEND rtl_filter_sizes ${rtl_filter_size})
  endif()
endforeach()
list(FIND rtl_filter_sizes "${NESTWALK_RTL_FILTER_BITS}" rtl_filter_place)
if(rtl_filter_place EQUAL -1)
  list(JOIN rtl_filter_sizes " " rtl_filter_sizes)
  message(FATAL_ERROR "NESTWALK_RTL_FILTER_BITS must be one of ${rtl_filter_sizes}, "
          "not ${NESTWALK_RTL_FILTER_BITS}")
endif()
# As text: numbers this large are compared roundly.
string(LENGTH "${NESTWALK_RTL_FILTER_SEED}" rtl_filter_digits)
if(NOT NESTWALK_RTL_FILTER_SEED MATCHES "^(0|[1-9][0-9]*)$" OR rtl_filter_digits GREATER 19
   OR (rtl_filter_digits EQUAL 19
       AND NESTWALK_RTL_FILTER_SEED STRGREATER "9223372036854775807"))
  message(FATAL_ERROR "NESTWALK_RTL_FILTER_SEED must be a whole number from 0 to "
          "9223372036854775807, not ${NESTWALK_RTL_FILTER_SEED}")
endif()
