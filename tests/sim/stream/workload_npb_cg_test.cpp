// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/npb_cg.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/sim/stream/streams.h"

namespace nestwalk {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// CG as NPB specifies it, with our matrix: the eigenvalue that verifies a run.
double zeta(const NpbCgClass& problem) {
  NpbMatrix matrix(problem);
  std::vector<std::vector<uint32_t>> columns;
  std::vector<Vector> values;
  for (uint32_t row = 0; row < problem.rows; ++row) {
    columns.push_back(matrix.columns(row));
    values.push_back(matrix.values(row));
  }
  const auto product = [&](const Vector& v) {
    Vector result(v.size());
    for (size_t row = 0; row < v.size(); ++row) {
      for (size_t k = 0; k < columns[row].size(); ++k)
        result[row] += values[row][k] * v[columns[row][k]];
    }
    return result;
  };
  Vector x(problem.rows, 1.0);
  double result = 0;
  for (uint32_t iteration = 0; iteration < problem.iterations; ++iteration) {
    Vector z(x.size()), r = x, p = x;
    double rho = dot(r, r);
    for (int inner = 0; inner < 25; ++inner) {
      const Vector q = product(p);
      const double alpha = rho / dot(p, q);
      for (size_t i = 0; i < x.size(); ++i) {
        z[i] += alpha * p[i];
        r[i] -= alpha * q[i];
      }
      const double before = std::exchange(rho, dot(r, r));
      for (size_t i = 0; i < x.size(); ++i) p[i] = r[i] + rho / before * p[i];
    }
    result = problem.shift + 1 / dot(x, z);
    const double norm = std::sqrt(dot(z, z));
    for (size_t i = 0; i < x.size(); ++i) x[i] = z[i] / norm;
  }
  return result;
}

TEST(NpbCg, TheMatrixHasThePublishedEigenvalue) {
  for (const char name : {'S', 'W'}) {
    const NpbCgClass& problem = *find_npb_cg_class(name);
    EXPECT_NEAR(zeta(problem) / problem.zeta, 1, 1e-10) << name;  // NPB's own tolerance
  }
}

TEST(NpbCg, RowsAreTheSameInAnyOrderAndWindow) {
  NpbMatrix matrix(*find_npb_cg_class('B'));  // 75000 rows: two windows
  const std::vector<uint32_t> first = matrix.columns(5);
  const std::vector<uint32_t> last = matrix.columns(74999);
  EXPECT_EQ(matrix.columns(5), first);
  EXPECT_EQ(matrix.columns(74999), last);
  EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
  EXPECT_TRUE(std::binary_search(first.begin(), first.end(), 5u));
  for (const uint32_t column : first) {  // symmetric, beyond the window too
    const std::vector<uint32_t>& row = matrix.columns(column);
    EXPECT_TRUE(std::binary_search(row.begin(), row.end(), 5u)) << column;
    if (column > 70000) break;
  }
}

TEST(NpbCg, MultipliesRowByRow) {
  const NpbCgClass& problem = *find_npb_cg_class('S');
  const NpbCgLayout layout(problem);
  NpbMatrix matrix(problem);
  const auto references = test::drain(*open_workload("npb-cg:class=S,references=300000", 1));
  size_t at = 0;
  uint64_t element = 0;
  for (uint32_t row = 0; row < problem.rows; ++row) {
    ASSERT_EQ(references[at++].address, layout.rows[row]);
    ASSERT_EQ(references[at++].address, layout.rows[row + 1]);
    for (const uint32_t column : matrix.columns(row)) {
      ASSERT_EQ(references[at++].address, layout.columns[element]);
      ASSERT_EQ(references[at++].address, layout.values[element]);
      ASSERT_EQ(references[at++].address, layout.p[column]);
      ++element;
    }
    ASSERT_EQ(references[at].kind, ReferenceKind::kStore);
    ASSERT_EQ(references[at++].address, layout.q[row]);
  }
  EXPECT_EQ(element, 78148u);                      // NPB's own count of class S's nonzeros
  ASSERT_EQ(references[at].address, layout.p[0]);  // then p.q
  ASSERT_EQ(references[at + 1].address, layout.q[0]);
}

}  // namespace
}  // namespace nestwalk
