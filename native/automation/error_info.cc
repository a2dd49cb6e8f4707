// The error object that a failed call leaves on its thread: taken after a call, left by a method.
#include "automation/error_info.h"

#include <wrl/client.h>

#include "host/returned.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {

std::optional<ExceptionText> TakeErrorInfo() {
  ComPtr<IErrorInfo> info;
  if (Returned(GetErrorInfo(0, info.GetAddressOf()), info) != S_OK) return std::nullopt;
  ExceptionText text;
  BSTR string = nullptr;
  if (SUCCEEDED(info->GetSource(&string))) text.source = TakeText(string);
  string = nullptr;
  if (SUCCEEDED(info->GetDescription(&string))) text.description = TakeText(string);
  string = nullptr;
  if (SUCCEEDED(info->GetHelpFile(&string))) text.help_file = TakeText(string);
  info->GetHelpContext(&text.help_context);
  if (text.source.empty() && text.description.empty()) return std::nullopt;
  return text;
}

void LeaveErrorInfo(const std::optional<ExceptionText>& text, REFIID iid) {
  ComPtr<IErrorInfo> info;
  ComPtr<ICreateErrorInfo> created;
  if (text && SUCCEEDED(Returned(CreateErrorInfo(created.GetAddressOf()), created))) {
    // The functions copy the text.
    const auto text_of = [](const std::u16string& part) { return const_cast<LPOLESTR>(Wide(part)); };
    created->SetGUID(iid);
    created->SetSource(text_of(text->source));
    created->SetDescription(text_of(text->description));
    created->SetHelpFile(text_of(text->help_file));
    created->SetHelpContext(text->help_context);
    static_cast<void>(Query(created.Get(), info));
  }
  SetErrorInfo(0, info.Get());
}

}  // namespace com_cancel
