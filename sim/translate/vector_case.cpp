// SPDX-License-Identifier: Apache-2.0
#include "sim/translate/vector_case.h"

#include <fmt/format.h>

#include <utility>

#include "model/paging/entry_rules.h"
#include "sim/config/json_file.h"
#include "sim/config/words.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

// A value of the document and the key it stands under, for messages.
class Node {
 public:
  Node(const Json& value, std::string where) : value_(&value), where_(std::move(where)) {}

  [[noreturn]] void fail(const std::string& what) const { throw InputError(where_, what); }

  Node operator[](const char* key) const {
    if (!value_->is_object()) fail("must be an object");
    const auto found = value_->find(key);
    if (found == value_->end()) fail(fmt::format("key \"{}\" is missing", key));
    return Node(*found, fmt::format("{}: {}", where_, key));
  }

  std::vector<Node> elements() const {
    if (!value_->is_array()) fail("must be an array");
    std::vector<Node> nodes;
    for (size_t i = 0; i < value_->size(); ++i)
      nodes.emplace_back((*value_)[i], fmt::format("{}[{}]", where_, i));
    return nodes;
  }

  bool flag() const {
    if (value_->is_boolean()) return value_->get<bool>();
    if (value_->is_number_unsigned() && value_->get<uint64_t>() <= 1)
      return value_->get<uint64_t>() == 1;
    fail("must be true or false, 1 or 0");
  }

  uint64_t number(uint64_t lowest, uint64_t highest) const {
    if (!value_->is_number_unsigned() || value_->get<uint64_t>() < lowest ||
        value_->get<uint64_t>() > highest)
      fail(fmt::format("must be a whole number from {} to {}", lowest, highest));
    return value_->get<uint64_t>();
  }

  std::string text() const {
    if (!value_->is_string()) fail("must be a string");
    return value_->get<std::string>();
  }

  uint64_t address() const {
    const std::string written = text();
    try {
      return parse_address(written);
    } catch (const InputError& error) {
      fail(error.what());
    }
  }

  template <class Enum>
  Enum word() const {
    const std::string written = text();
    try {
      return parse_word<Enum>(written);
    } catch (const InputError& error) {
      fail(error.what());
    }
  }

 private:
  const Json* value_;
  std::string where_;
};

int levels(const Node& paging) {
  return static_cast<int>(paging["levels"].number(4, 5));
}

// What all contexts of a case share: everything but the roots.
TranslationContext shared_context(const Node& root) {
  const int maxphyaddr =
      static_cast<int>(root["maxphyaddr"].number(kMinPhysicalWidth, kMaxPhysicalWidth));
  TranslationContext context;
  context.virtualized = true;
  const Node guest = root["guest"];
  context.guest.levels = levels(guest);
  context.guest.maxphyaddr = maxphyaddr;
  context.guest.nx_enabled = guest["nxe"].flag();
  context.guest.write_protect = guest["wp"].flag();
  context.guest.smep = guest["smep"].flag();
  context.guest.smap = guest["smap"].flag();
  const Node nested = root["nested"];
  context.nested.format = NestedFormat::kNpt;
  context.nested.levels = levels(nested);
  context.nested.maxphyaddr = maxphyaddr;
  context.nested.nx_enabled = nested["nxe"].flag();
  return context;
}

bool is_cumulative(const Node& node) {
  const std::string word = node.text();
  if (word == "cumulative") return true;
  if (word == "fresh") return false;
  node.fail("must be \"fresh\" or \"cumulative\"");
}

}  // namespace

VectorCase read_vector_case(const std::string& path) {
  const Json document = parse_json_file(path);
  const Node root(document, path);
  VectorCase result;
  result.cumulative = is_cumulative(root["ad"]);
  const TranslationContext shared = shared_context(root);
  for (const Node& node : root["contexts"].elements()) {
    TranslationContext context = shared;
    context.guest.root = GuestPhysical(node["gcr3"].address()).align_down(PageSize::k4K);
    context.nested.root = HostPhysical(node["ncr3"].address()).align_down(PageSize::k4K);
    result.contexts.push_back(context);
  }
  if (result.contexts.empty()) root["contexts"].fail("must not be empty");
  for (const Node& node : root["queries"].elements())
    result.queries.push_back({node["i"].number(0, UINT64_MAX),
                              GuestVirtual(node["gva"].address()),
                              {node["acc"].word<AccessKind>(), node["user"].flag()},
                              node["ctx"].number(0, result.contexts.size() - 1)});
  return result;
}

}  // namespace nestwalk
