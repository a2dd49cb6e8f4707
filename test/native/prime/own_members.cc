// Members that a single object gains and loses at run time: COM forbids it, and some servers do it.
#include <algorithm>

#include "calculator.h"
#include "members.h"

namespace prime {
namespace {

auto IsCalled(const wchar_t* name) {
  return [name](const auto& member) { return SameName(member.name.c_str(), name); };
}

}  // namespace

// Adds a read-only property with this name, DISPID and value.
HRESULT Calculator::Define(Arguments& call) {
  OwnMember made{call.Text(0), call.Long(1), call.Copy(2)};
  if (made.name.empty() || FindMember(made.name.c_str())) call.Refuse(0, E_INVALIDARG);
  if (made.id <= 0 || FindMember(made.id)) call.Refuse(1, E_INVALIDARG);
  OwnMember replaced{};
  const com_cancel::Guard guard(lock_);
  const auto found = std::find_if(own_.begin(), own_.end(), IsCalled(made.name.c_str()));
  if (found == own_.end()) {
    own_.push_back(std::move(made));
  } else {
    replaced = std::exchange(*found, std::move(made));
  }
  return S_OK;
}

HRESULT Calculator::Undefine(Arguments& call) {
  const std::wstring name = call.Text(0);
  OwnMember removed{};
  const com_cancel::Guard guard(lock_);
  const auto found = std::find_if(own_.begin(), own_.end(), IsCalled(name.c_str()));
  if (found == own_.end()) call.Refuse(0, E_INVALIDARG);
  removed = std::move(*found);
  own_.erase(found);
  return S_OK;
}

DISPID Calculator::FindOwn(const wchar_t* name) {
  const com_cancel::Guard guard(lock_);
  const auto found = std::find_if(own_.begin(), own_.end(), IsCalled(name));
  return found == own_.end() ? DISPID_UNKNOWN : found->id;
}

HRESULT Calculator::GetOwn(DISPID id, WORD kinds, VARIANT* result) {
  if ((kinds & DISPATCH_PROPERTYGET) == 0) return DISP_E_MEMBERNOTFOUND;
  const com_cancel::Guard guard(lock_);
  const auto found =
      std::find_if(own_.begin(), own_.end(), [&](const OwnMember& own) { return own.id == id; });
  if (found == own_.end()) return DISP_E_MEMBERNOTFOUND;
  if (result) *result = Variant::CopyOf(*found->value).Detach();
  return S_OK;
}

}  // namespace prime
