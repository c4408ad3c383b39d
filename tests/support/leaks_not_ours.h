// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace nestwalk::test {

/// While it lives nothing that is allocated counts as a leak. For tests on sockets of tlm_utils:
/// their threads, which turn nb_transport into b_transport, outlive every simulation.
class LeaksNotOurs {
#ifdef __SANITIZE_ADDRESS__
  __lsan::ScopedDisabler disabler_;
#endif
};

}  // namespace nestwalk::test
