// The table of members. A new member is one line here and one function of the class.
#include "members.h"

#include <algorithm>
#include <iterator>

#include "calculator.h"

namespace prime {
namespace {

constexpr WORD kMethod = DISPATCH_METHOD;
constexpr WORD kGet = DISPATCH_PROPERTYGET;
constexpr WORD kPut = DISPATCH_PROPERTYPUT;
constexpr WORD kPutRef = DISPATCH_PROPERTYPUTREF;
constexpr bool kCounted = true;
constexpr bool kUncounted = false;

using C = Calculator;

const Member kTable[] = {
    // Values by key, the default member.
    {L"Item", DISPID_VALUE, kGet | kPut, kUncounted, 1, {L"key"}, &C::Item},
    {L"_NewEnum", DISPID_NEWENUM, kGet | kMethod, kUncounted, 0, {}, &C::NewEnum},
    {L"Count", 1, kGet, kUncounted, 0, {}, &C::Count},
    // Members that take time.
    {L"IsPrime", 10, kMethod, kCounted, 1, {L"n"}, &C::IsPrime},
    {L"Block", 11, kMethod, kCounted, 1, {L"ms"}, &C::Block},
    {L"BlockPolling", 12, kMethod, kCounted, 1, {L"ms"}, &C::BlockPolling},
    {L"Number", 13, kMethod, kCounted, 1, {L"i", L"ms"}, &C::Number},
    {L"CallBack", 14, kMethod, kCounted, 3, {L"object", L"n", L"value"}, &C::CallBack},
    {L"Relay", 15, kMethod, kCounted, 3, {L"object", L"member", L"kind", L"value", L"byRef"}, &C::Relay},
    {L"Busy", 16, kMethod, kUncounted, 1, {L"ms", L"reject"}, &C::Busy},
    {L"Die", 17, kMethod, kUncounted, 0, {L"ms"}, &C::Die},
    // Failures.
    {L"Fail",
     20,
     kMethod,
     kCounted,
     1,
     {L"hresult", L"description", L"source", L"helpFile", L"helpContext"},
     &C::Fail},
    {L"FailDeferred", 21, kMethod, kCounted, 1, {L"hresult", L"description", L"source"}, &C::FailDeferred},
    {L"FailErrorInfo",
     22,
     kMethod,
     kCounted,
     1,
     {L"hresult", L"description", L"source", L"helpFile", L"helpContext"},
     &C::FailErrorInfo},
    {L"RefuseActivations", 23, kMethod, kUncounted, 2, {L"times", L"hresult"}, &C::RefuseActivations},
    {L"RefuseCalls", 24, kMethod, kUncounted, 2, {L"times", L"hresult"}, &C::RefuseCalls},
    // Values.
    {L"Return", 30, kMethod, kCounted, 1, {L"typeName"}, &C::Return},
    {L"TypeNames", 31, kGet, kUncounted, 0, {}, &C::TypeNames},
    {L"Echo", 32, kMethod, kCounted, 0, {L"value"}, &C::Echo},
    {L"TypeOf", 33, kMethod, kCounted, 0, {L"value"}, &C::TypeOf},
    {L"Swap", 34, kMethod, kCounted, 2, {L"a", L"b"}, &C::Swap},
    {L"Value", 35, kGet | kPut | kPutRef, kUncounted, 0, {}, &C::Value},
    {L"ValueSetBy", 36, kGet, kUncounted, 0, {}, &C::ValueSetBy},
    // Members that only this object has.
    {L"Define", 37, kMethod, kUncounted, 3, {L"name", L"dispid", L"value"}, &C::Define},
    {L"Undefine", 38, kMethod, kUncounted, 1, {L"name"}, &C::Undefine},
    // Events.
    {L"Fire", 40, kMethod, kCounted, 1, {L"n", L"times"}, &C::Fire},
    {L"FireLater", 41, kMethod, kCounted, 2, {L"n", L"ms"}, &C::FireLater},
    {L"Sinks", 42, kGet, kUncounted, 0, {}, &C::Sinks},
    // The state of the process and of the object.
    {L"Started", 50, kGet, kUncounted, 0, {}, &C::Started},
    {L"Finished", 51, kGet, kUncounted, 0, {}, &C::Finished},
    {L"Canceled", 52, kGet, kUncounted, 0, {}, &C::Canceled},
    {L"Reset", 53, kMethod, kUncounted, 0, {}, &C::Reset},
    {L"ThreadId", 54, kGet, kUncounted, 0, {}, &C::ThreadId},
    {L"ProcessId", 55, kGet, kUncounted, 0, {}, &C::ProcessId},
    {L"Apartment", 56, kGet, kUncounted, 0, {}, &C::Apartment},
    {L"RefCount", 57, kGet, kUncounted, 0, {}, &C::RefCount},
    {L"Objects", 58, kGet, kUncounted, 0, {}, &C::Objects},
    {L"LookUps", 59, kGet, kUncounted, 0, {}, &C::LookUps},
    {L"ThreadName", 60, kGet, kUncounted, 0, {}, &C::ThreadName},
};

}  // namespace

bool SameName(const wchar_t* a, const wchar_t* b) {
  return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

size_t Member::ParameterCount() const {
  return static_cast<size_t>(std::find(parameters.begin(), parameters.end(), nullptr) - parameters.begin());
}

MemberRange AllMembers() { return {std::begin(kTable), std::end(kTable)}; }

const Member* FindMember(const wchar_t* name) {
  const auto* found = std::find_if(std::begin(kTable), std::end(kTable),
                                   [&](const Member& member) { return SameName(member.name, name); });
  return found == std::end(kTable) ? nullptr : found;
}

const Member* FindMember(DISPID id) {
  const auto* found = std::find_if(std::begin(kTable), std::end(kTable),
                                   [&](const Member& member) { return member.id == id; });
  return found == std::end(kTable) ? nullptr : found;
}

DISPID FindParameter(const Member& member, const wchar_t* name) {
  for (size_t position = 0; position < member.ParameterCount(); ++position)
    if (SameName(member.parameters[position], name)) return static_cast<DISPID>(position);
  return DISPID_UNKNOWN;
}

}  // namespace prime
