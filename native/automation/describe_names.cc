// The members that an object names by IDispatchEx.
#include <dispex.h>
#include <wrl/client.h>

#include "automation/describe.h"
#include "host/returned.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// A faulty enumeration may have no end.
constexpr int kMostMembers = 10'000;

struct Access {
  DWORD property;
  INVOKEKIND kind;
};
constexpr Access kAccess[] = {{fdexPropCanCall, INVOKE_FUNC},
                              {fdexPropCanGet, INVOKE_PROPERTYGET},
                              {fdexPropCanPut, INVOKE_PROPERTYPUT},
                              {fdexPropCanPutRef, INVOKE_PROPERTYPUTREF}};

}  // namespace

HRESULT DescribeByNames(IDispatch* object, Inquiry& inquiry, InterfaceDescription& description) {
  ComPtr<IDispatchEx> named;
  const HRESULT queried = Query(object, named);
  if (!inquiry.Succeeded(queried)) return queried;
  DISPID dispid = DISPID_STARTENUM;
  for (int count = 0; count < kMostMembers && inquiry.goes_on(); ++count) {
    const HRESULT next = named->GetNextDispID(fdexEnumAll, dispid, &dispid);
    if (!inquiry.Succeeded(next) || next != S_OK) break;
    BSTR text = nullptr;
    if (!inquiry.Succeeded(Returned(named->GetMemberName(dispid, &text), text))) continue;
    MemberDescription member;
    member.name = TakeText(text);
    member.dispid = dispid;
    DWORD properties = 0;
    // An object need not know more than the name.
    if (!inquiry.Succeeded(named->GetMemberProperties(dispid, grfdexPropAll, &properties)))
      properties = fdexPropCanCall | fdexPropCanGet;
    for (const Access& access : kAccess) {
      if ((properties & access.property) == 0) continue;
      member.kind = access.kind;
      description.members.push_back(member);
    }
  }
  return inquiry.result();
}

}  // namespace com_cancel
