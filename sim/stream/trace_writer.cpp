// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/trace_writer.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

#include "sim/io/input_error.h"
#include "sim/stream/bytes/compress.h"
#include "sim/stream/control_operation.h"

namespace nestwalk {
namespace {

class NwtTraceWriter : public TraceWriter {
 public:
  NwtTraceWriter(std::unique_ptr<ByteSink> sink, int level) : writer_(std::move(sink), level) {}
  void write(const Reference* elements, size_t count) override { writer_.write(elements, count); }
  StreamSummary finish() override { return writer_.finish(); }
  uint64_t bytes() const override { return writer_.bytes(); }

 private:
  NwtWriter writer_;
};

/// The lines that TextReader reads, with `i` and `t` only where they differ from what it assumes.
class TextTraceWriter : public TraceWriter {
 public:
  explicit TextTraceWriter(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {}

  void write(const Reference* elements, size_t count) override {
    text_.clear();
    for (size_t i = 0; i < count; ++i) line(elements[i]);
    sink_->write(text_.data(), text_.size());
    bytes_ += text_.size();
    summarizer_.add(elements, count);
  }

  StreamSummary finish() override {
    sink_->commit();
    return summarizer_.finish();
  }
  uint64_t bytes() const override { return bytes_; }

 private:
  void line(const Reference& element) {
    constexpr char kLetters[] = {'R', 'W', 'F', 'C'};
    auto out = std::back_inserter(text_);
    fmt::format_to(out, "{} ", kLetters[static_cast<size_t>(element.kind)]);
    if (element.kind == ReferenceKind::kControl) {
      const ControlOperation operation = operation_of(element);
      fmt::format_to(out, "{}", to_string(operation));
      if (has_operand(operation)) fmt::format_to(out, " {:#x}", element.address);
    } else {
      fmt::format_to(out, "{:#x} {}", element.address, element.size);
    }
    if (element.thread != 0) fmt::format_to(out, " t{}", element.thread);
    fetches_seen_ |= element.kind == ReferenceKind::kFetch;
    const uint32_t assumed =
        element.kind == ReferenceKind::kFetch || (is_data(element) && !fetches_seen_) ? 1 : 0;
    if (element.instructions != assumed) fmt::format_to(out, " i{}", element.instructions);
    text_.push_back('\n');
  }

  std::unique_ptr<ByteSink> sink_;
  std::string text_;
  uint64_t bytes_ = 0;
  bool fetches_seen_ = false;
  Summarizer summarizer_;
};

}  // namespace

std::unique_ptr<TraceWriter> create_trace(const std::string& path, TraceFormat format, int level) {
  switch (format) {
    case TraceFormat::kNwt:
      return std::make_unique<NwtTraceWriter>(create_compressed(path), level);
    case TraceFormat::kText:
      return std::make_unique<TextTraceWriter>(create_compressed(path));
    default:
      throw InputError(
          fmt::format("traces are written as nwt or text, not as {}", to_string(format)));
  }
}

TraceFormat format_of_name(const std::string& name) {
  const std::string path = without_compression(name);
  constexpr std::string_view kTextSuffix = ".txt";
  const bool text =
      path.size() >= kTextSuffix.size() &&
      path.compare(path.size() - kTextSuffix.size(), std::string::npos, kTextSuffix) == 0;
  return text ? TraceFormat::kText : TraceFormat::kNwt;
}

}  // namespace nestwalk
