// SPDX-License-Identifier: Apache-2.0
// Linked into each sanitized program. Debian's SystemC 2.3.4 announces its coroutines to
// AddressSanitizer, but not the bounds of the main stack, nor the switch away from a process that
// has ended. After one had, AddressSanitizer took the main stack for the dead one's, an exception
// left its poison behind, and correct code overflowed the stack.
#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

struct Stack {
  uintptr_t bottom = 0;
  size_t size = 0;

  bool holds(const void* place) const { return reinterpret_cast<uintptr_t>(place) - bottom < size; }
  const void* address() const { return reinterpret_cast<const void*>(bottom); }
};

const Stack& main_stack() {
  static const Stack stack = [] {
    pthread_attr_t attributes;
    void* bottom = nullptr;
    size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &bottom, &size);
    pthread_attr_destroy(&attributes);
    return Stack{reinterpret_cast<uintptr_t>(bottom), size};
  }();
  return stack;
}

/// That SystemC has switched to.
std::vector<Stack>& coroutines() {
  static std::vector<Stack> stacks;
  return stacks;
}

/// The stack that this is called on.
Stack current_stack() {
  constexpr uintptr_t kPage = 4096;
  constexpr size_t kSystemcDefault = 0x50000;
  const void* const here = __builtin_frame_address(0);
  if (main_stack().holds(here)) return main_stack();
  for (const Stack& stack : coroutines())
    if (stack.holds(here)) return stack;
  // One that begins to run: this is the last page of its stack.
  const uintptr_t top = (reinterpret_cast<uintptr_t>(here) / kPage + 1) * kPage;
  return {top - kSystemcDefault, kSystemcDefault};
}

}  // namespace

extern "C" {

void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, size_t size);
void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom, size_t* size);

/// With fake stacks, each switch would free that of the coroutine that is left.
const char* __asan_default_options() {
  return "detect_stack_use_after_return=0";
}

void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, size_t size) {
  using Start = void(void**, const void*, size_t);
  static const auto start =
      reinterpret_cast<Start*>(dlsym(RTLD_NEXT, "__sanitizer_start_switch_fiber"));
  const bool to_main = size == 0;
  const Stack next = to_main ? main_stack() : Stack{reinterpret_cast<uintptr_t>(bottom), size};
  std::vector<Stack>& known = coroutines();
  if (!to_main && std::none_of(known.begin(), known.end(), [&](const Stack& stack) {
        return stack.bottom == next.bottom && stack.size == next.size;
      }))
    known.push_back(next);
  start(fake_stack, next.address(), next.size);
}

/// SystemC calls it on the stack that follows the one of a process that has ended.
void* sc_cor_qt_aborthelp(void* /*stack_pointer*/, void* /*ended*/, void* /*unused*/) {
  const Stack stack = current_stack();
  __sanitizer_start_switch_fiber(nullptr, stack.address(), stack.size);
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
  return nullptr;
}
}
