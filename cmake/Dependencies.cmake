# SPDX-License-Identifier: Apache-2.0
# Everything comes from Debian packages (see cmake/packages.txt).
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(tomlplusplus REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(lzma REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
find_package(nlohmann_json QUIET)
find_package(CLI11 QUIET)

# SystemC: an existing target, then its CMake package, then pkg-config, then SYSTEMC_HOME.
if(NOT TARGET SystemC::systemc)
  find_package(SystemCLanguage QUIET)
endif()
if(NOT TARGET SystemC::systemc)
  pkg_check_modules(systemc QUIET IMPORTED_TARGET GLOBAL systemc)
  if(TARGET PkgConfig::systemc)
    add_library(SystemC::systemc ALIAS PkgConfig::systemc)
  endif()
endif()
if(NOT TARGET SystemC::systemc AND DEFINED ENV{SYSTEMC_HOME})
  find_library(SYSTEMC_LIBRARY systemc PATHS "$ENV{SYSTEMC_HOME}" PATH_SUFFIXES lib lib-linux64 lib64
               REQUIRED)
  add_library(SystemC::systemc UNKNOWN IMPORTED GLOBAL)
  set_target_properties(SystemC::systemc PROPERTIES
    IMPORTED_LOCATION "${SYSTEMC_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "$ENV{SYSTEMC_HOME}/include")
endif()
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
