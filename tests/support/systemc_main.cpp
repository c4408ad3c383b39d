// SPDX-License-Identifier: Apache-2.0
// libsystemc supplies main(), so a test binary that links it defines sc_main.
#include <gtest/gtest.h>

#include <cstdlib>
#include <systemc>

namespace {

/// Off before main() prints it: test discovery reads the output.
const bool kBannerOff = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "DISABLE", 1) == 0;

}  // namespace

int sc_main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return kBannerOff ? RUN_ALL_TESTS() : 1;
}
