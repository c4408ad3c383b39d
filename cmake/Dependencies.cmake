# SPDX-License-Identifier: Apache-2.0
# Everything comes from Debian packages (see cmake/packages.txt).
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(tomlplusplus REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(lzma REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)

include(SystemC)
if(NOT TARGET SystemC::systemc)
  message(FATAL_ERROR "SystemC 2.3.4 not found: install libsystemc-dev or set SYSTEMC_HOME")
endif()

if(NESTWALK_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()
if(NESTWALK_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
