# SPDX-License-Identifier: Apache-2.0
# The installed tree: bin/nestwalk, libraries, headers under include/nestwalk (included as in the
# sources: "model/mmu/mmu.h"), and packages for CMake and pkg-config. It may be moved as a whole.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/nestwalk")

set_target_properties(nestwalk_options PROPERTIES EXPORT_NAME options)
set_target_properties(nestwalk_cores PROPERTIES EXPORT_NAME cores)
set_target_properties(nestwalk_modules PROPERTIES EXPORT_NAME modules)
set_target_properties(nestwalk_rtl PROPERTIES EXPORT_NAME rtl)
set_target_properties(nestwalk_io PROPERTIES EXPORT_NAME io)
set_target_properties(nestwalk_sim PROPERTIES EXPORT_NAME sim)
install(TARGETS nestwalk_options nestwalk_cores nestwalk_modules nestwalk_rtl nestwalk_io
        nestwalk_sim
        EXPORT nestwalk-targets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT nestwalk-targets NAMESPACE nestwalk:: DESTINATION "${package_dir}")

foreach(part model rtl sim)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${part}"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/nestwalk"
          FILES_MATCHING PATTERN "*.h" PATTERN "cli" EXCLUDE PATTERN "plugin" EXCLUDE)
endforeach()
install(FILES "${PROJECT_BINARY_DIR}/generated/sim/version.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/nestwalk/sim")

configure_package_config_file(cmake/nestwalkConfig.cmake.in
  "${PROJECT_BINARY_DIR}/nestwalkConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/nestwalkConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/nestwalkConfig.cmake"
              "${PROJECT_BINARY_DIR}/nestwalkConfigVersion.cmake" cmake/SystemC.cmake
        DESTINATION "${package_dir}")

file(RELATIVE_PATH pkgconfig_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/nestwalk.pc.in "${PROJECT_BINARY_DIR}/nestwalk.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/nestwalk.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
