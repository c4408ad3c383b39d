# SPDX-License-Identifier: Apache-2.0
# The parts of the report page that `nestwalk report` writes are linked into the program. The
# plotting library is Vega as Debian's libjs-vega has it, a file a module; they become one file here.
# Without the package everything else is built, and `nestwalk report` says what is missing.
set(page_sources "${CMAKE_CURRENT_SOURCE_DIR}/report/page")
set(page_output "${PROJECT_BINARY_DIR}/generated/page")
set(vega_modules util time format loader canvas dataflow scale scenegraph statistics expression
    selection functions event-selector parser runtime transforms view-transforms encode view)
find_path(NESTWALK_VEGA_DIR vega-view.min.js PATHS /usr/share/javascript PATH_SUFFIXES vega
          DOC "Where Debian's libjs-vega has its modules")

function(nestwalk_bundle_vega output)
  set(text "")
  set(licence /usr/share/doc/libjs-vega/copyright)
  if(EXISTS "${licence}")
    file(READ "${licence}" notice)
    string(APPEND text "/*\n${notice}*/\n")
  endif()
  string(APPEND text "const plotLibrary = (() => {\nconst modules = {};\n"
         "const require = name => modules[name];\n")
  foreach(module IN LISTS vega_modules)
    file(READ "${NESTWALK_VEGA_DIR}/vega-${module}.min.js" code)
    string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" code "${code}")
    set(name "vega-${module}")
    if(module STREQUAL "selection")
      set(name "vega-selections")  # the name under which others ask for it
    endif()
    string(APPEND text "{ const exports = modules['${name}'] = {}, module = {};\n${code}\n}\n")
  endforeach()
  string(APPEND text
    "Object.assign(modules['vega-dataflow'].transforms, modules['vega-transforms'],\n"
    "  modules['vega-view-transforms'], modules['vega-encode']);\n"
    "return Object.assign({}, ...Object.values(modules));\n})();\n")
  file(WRITE "${output}.new" "${text}")
  configure_file("${output}.new" "${output}" COPYONLY)  # touched only if it is another
endfunction()

# One script, in this order.
set(page_scripts points words plot charts panels page)
set(page_paths ${page_sources}/page.html ${page_sources}/page.css)
set(NESTWALK_PAGE_SCRIPTS "")
foreach(script IN LISTS page_scripts)
  list(APPEND page_paths ${page_sources}/${script}.js)
  string(APPEND NESTWALK_PAGE_SCRIPTS "\n  \".incbin \\\"${page_sources}/${script}.js\\\"\\n\"")
endforeach()
if(NESTWALK_VEGA_DIR)
  nestwalk_bundle_vega("${page_output}/plot_library.js")
else()
  message(STATUS "libjs-vega not found: `nestwalk report` will be missing")
  file(WRITE "${page_output}/plot_library.js" "")
endif()
list(APPEND page_paths "${page_output}/plot_library.js")

set(NESTWALK_PAGE_SOURCES "${page_sources}")
set(NESTWALK_PAGE_OUTPUT "${page_output}")
configure_file(report/page/assets.cpp.in "${page_output}/assets.cpp" @ONLY)
set_source_files_properties("${page_output}/assets.cpp" PROPERTIES OBJECT_DEPENDS "${page_paths}")
