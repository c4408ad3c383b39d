# SPDX-License-Identifier: Apache-2.0
# Provides SystemC::systemc: an existing target, then SystemC's own CMake package, then pkg-config,
# then SYSTEMC_HOME. Used by the build and by the installed package.
if(NOT TARGET SystemC::systemc)
  find_package(SystemCLanguage QUIET)
endif()
if(NOT TARGET SystemC::systemc)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(systemc QUIET IMPORTED_TARGET systemc)
  endif()
  if(TARGET PkgConfig::systemc)
    add_library(SystemC::systemc INTERFACE IMPORTED)
    target_link_libraries(SystemC::systemc INTERFACE PkgConfig::systemc)
  endif()
endif()
if(NOT TARGET SystemC::systemc AND DEFINED ENV{SYSTEMC_HOME})
  find_library(NESTWALK_SYSTEMC_LIBRARY systemc
               PATHS "$ENV{SYSTEMC_HOME}" PATH_SUFFIXES lib lib-linux64 lib64)
  if(NESTWALK_SYSTEMC_LIBRARY)
    add_library(SystemC::systemc UNKNOWN IMPORTED)
    set_target_properties(SystemC::systemc PROPERTIES
      IMPORTED_LOCATION "${NESTWALK_SYSTEMC_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "$ENV{SYSTEMC_HOME}/include")
  endif()
endif()
