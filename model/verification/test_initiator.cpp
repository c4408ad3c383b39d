// SPDX-License-Identifier: Apache-2.0
#include "model/verification/test_initiator.h"

#include <algorithm>
#include <stdexcept>

#include "model/tlm/persistent_payload.h"

namespace nestwalk {

struct TestInitiator::Transaction {
  TimedAccess asked;
  TimedAnswer answer;
  uint64_t data = 0;
  TranslationExtension extension;
  PersistentPayload payload;
};

TestInitiator::TestInitiator(const sc_core::sc_module_name& name, Protocol protocol,
                             const Clock& clock)
    : sc_core::sc_module(name),
      clock_(clock),
      requests_(socket, [this](Payload& payload, const sc_core::sc_time& delay) {
        const auto found = std::find_if(transactions_.begin(), transactions_.end(),
                                        [&](const auto& one) { return &one->payload == &payload; });
        if (found == transactions_.end() || (*found)->answer.done) {
          SC_REPORT_ERROR(this->name(), kAnswerToNone);
          return;
        }
        answered_.push(static_cast<size_t>(found - transactions_.begin()), delay);
      }) {
  socket.bind(*this);
  SC_HAS_PROCESS(TestInitiator);
  if (protocol == Protocol::kBlocking) {
    SC_METHOD(start_blocking);
    sensitive << due_.event();
  } else {
    SC_METHOD(run_phases);
    sensitive << due_.event() << answered_.event();
  }
  dont_initialize();
}

TestInitiator::~TestInitiator() = default;

size_t TestInitiator::access(const TimedAccess& access) {
  if (access.length > TimedAccess::kMostBytes)
    throw std::invalid_argument("TestInitiator: an access has at most 8 bytes");
  auto transaction = std::make_unique<Transaction>();
  transaction->asked = access;
  transactions_.push_back(std::move(transaction));
  const size_t number = transactions_.size() - 1;
  due_.push(number, clock_.cycles(access.issue) - sc_core::sc_time_stamp());
  return number;
}

const TimedAccess& TestInitiator::asked(size_t number) const {
  return transactions_[number]->asked;
}

const TimedAnswer& TestInitiator::answer(size_t number) const {
  return transactions_[number]->answer;
}

bool TestInitiator::has_extension(size_t number) const {
  return TranslationExtension::get(transactions_[number]->payload) != nullptr;
}

void TestInitiator::start_blocking() {
  if (blocking_) return;
  blocking_ = true;
  sc_core::sc_spawn([this] { run_blocking(); });
}

void TestInitiator::run_blocking() {
  size_t number;
  while (due_.pop(number)) {
    Transaction& transaction = *transactions_[number];
    begin(transaction);
    transaction.payload.acquire();
    sc_core::sc_time delay;
    socket->b_transport(transaction.payload, delay);
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    end(transaction);
    transaction.payload.release();
    if (on_answer) on_answer(number);
  }
  blocking_ = false;
}

void TestInitiator::run_phases() {
  size_t number;
  while (answered_.pop(number)) {
    Transaction& transaction = *transactions_[number];
    end(transaction);
    transaction.payload.release();
    if (on_answer) on_answer(number);
  }
  while (due_.pop(number)) {
    Transaction& transaction = *transactions_[number];
    begin(transaction);
    transaction.payload.acquire();
    requests_.send(transaction.payload, clock_.cycles(transaction.asked.annotated));
  }
}

void TestInitiator::begin(Transaction& transaction) {
  const TimedAccess& asked = transaction.asked;
  Payload& payload = transaction.payload;
  transaction.answer.issued = clock_.count(sc_core::sc_time_stamp());
  transaction.data = asked.data;
  payload.set_command(asked.kind == AccessKind::kWrite ? tlm::TLM_WRITE_COMMAND
                                                       : tlm::TLM_READ_COMMAND);
  payload.set_address(asked.address.value());
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&transaction.data));
  payload.set_data_length(asked.length);
  payload.set_streaming_width(asked.length);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  if (asked.with_extension) {
    transaction.extension.access = {asked.kind, asked.user};
    transaction.extension.translate_only = asked.translate_only;
    payload.set_extension(&transaction.extension);
  }
  ++in_flight_;
}

void TestInitiator::end(Transaction& transaction) {
  TimedAnswer& answer = transaction.answer;
  answer.done = true;
  answer.completed = clock_.count(sc_core::sc_time_stamp());
  answer.status = transaction.payload.get_response_status();
  answer.data = transaction.data;
  if (transaction.asked.with_extension) {
    const TranslationExtension& extension = transaction.extension;
    answer.source = extension.source;
    answer.fault = extension.fault;
    answer.translation = extension.translation;
    answer.translation_cycles = clock_.count(extension.translation_time);
  }
  --in_flight_;
}

}  // namespace nestwalk
