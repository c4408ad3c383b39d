// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/verification/test_random.h"

namespace nestwalk::test {

using Random = TestRandom;

}  // namespace nestwalk::test
