// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/steady_stream.h"

#include "sim/io/input_error.h"
#include "sim/stream/control_operation.h"

namespace nestwalk {

size_t SteadyStream::read(Reference* batch, size_t capacity) {
  const size_t size = inner().read(batch, capacity);
  for (size_t i = 0; i < size; ++i)
    if (is_register_write(batch[i]))
      throw InputError("the address stream",
                       "changes the address space or the segments while it runs; the linear model "
                       "is of one setting: verify a stream without such events");
  return size;
}

}  // namespace nestwalk
