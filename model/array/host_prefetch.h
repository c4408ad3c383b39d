// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nestwalk {

/// Has the processor that runs the simulation fetch what will be read or written soon. Changes
/// nothing. (To the compiler a function that only calls its builtin for this has no effect, and it
/// drops the call.)
inline void host_prefetch(const void* what) {
  asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char*>(what)));
}

}  // namespace nestwalk
