# SPDX-License-Identifier: Apache-2.0
add_library(nestwalk_options INTERFACE)
# Our warnings bind us, not who uses the libraries, installed or as a part of their tree.
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(nestwalk_options INTERFACE
    "$<BUILD_INTERFACE:-Wall;-Wextra;-Wpedantic;-Wshadow;-Werror>")
endif()
target_compile_features(nestwalk_options INTERFACE cxx_std_17)
target_include_directories(nestwalk_options INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/nestwalk>")

option(NESTWALK_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(NESTWALK_SANITIZE)
  target_compile_options(nestwalk_options INTERFACE -fsanitize=address,undefined
                         -fno-sanitize-recover=undefined -fno-omit-frame-pointer
                         -Wno-maybe-uninitialized)  # GCC takes checked std::optionals for it
  target_link_options(nestwalk_options INTERFACE -fsanitize=address,undefined)
  add_library(nestwalk_asan_coroutines OBJECT "${PROJECT_SOURCE_DIR}/cmake/asan_coroutines.cpp")
  target_compile_features(nestwalk_asan_coroutines PRIVATE cxx_std_17)
  target_link_libraries(nestwalk_options INTERFACE
    "$<BUILD_INTERFACE:$<TARGET_OBJECTS:nestwalk_asan_coroutines>>" ${CMAKE_DL_LIBS})
endif()

option(NESTWALK_COVERAGE "Build with gcov counters" OFF)
if(NESTWALK_COVERAGE)
  target_compile_options(nestwalk_options INTERFACE --coverage)
  target_link_options(nestwalk_options INTERFACE --coverage)
endif()
