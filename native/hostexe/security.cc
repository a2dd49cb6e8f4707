// Who may call the objects of a host process.
#include "hostexe/security.h"

#include <wrl/client.h>

#include <vector>

#include "host/returned.h"
#include "host/system_info.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel::hostexe {
namespace {

HRESULT LastError() { return HRESULT_FROM_WIN32(GetLastError()); }

// A member of the token of this process, whose size varies.
HRESULT TokenMember(TOKEN_INFORMATION_CLASS member, std::vector<BYTE>& memory) {
  HANDLE opened = nullptr;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &opened)) return LastError();
  const UniqueHandle token(opened);
  DWORD size = 0;
  GetTokenInformation(token.get(), member, nullptr, 0, &size);
  memory.resize(size);
  return GetTokenInformation(token.get(), member, memory.data(), size, &size) ? S_OK : LastError();
}

// Also ends the process where the library would have handled the exception: that can't be known here.
LONG CALLBACK EndAfterAccessViolation(EXCEPTION_POINTERS* raised) {
  const DWORD code = raised->ExceptionRecord->ExceptionCode;
  if (code == static_cast<DWORD>(EXCEPTION_ACCESS_VIOLATION)) TerminateProcess(GetCurrentProcess(), code);
  return EXCEPTION_CONTINUE_SEARCH;
}

// By default COM turns an access violation in a method into RPC_E_SERVERFAULT, and the process goes on with
// what the method left behind. A host process ends instead.
void LetCrashesEndTheProcess() {
  ComPtr<IGlobalOptions> options;
  if (SUCCEEDED(Returned(
          CoCreateInstance(CLSID_GlobalOptions, nullptr, CLSCTX_INPROC_SERVER, IID_PPV_ARGS(&options)),
          options)))
    options->Set(COMGLB_EXCEPTION_HANDLING, COMGLB_EXCEPTION_DONOT_HANDLE);
  // Wine takes the option, and catches the exception all the same (seen in Wine 8).
  if (UnderWine()) AddVectoredExceptionHandler(1, EndAfterAccessViolation);
}

}  // namespace

HRESULT InitializeSecurity() {
  std::vector<BYTE> user_memory;
  HRESULT hr = TokenMember(TokenUser, user_memory);
  if (FAILED(hr)) return hr;
  std::vector<BYTE> group_memory;
  hr = TokenMember(TokenPrimaryGroup, group_memory);
  if (FAILED(hr)) return hr;
  const PSID user = reinterpret_cast<TOKEN_USER*>(user_memory.data())->User.Sid;
  const PSID group = reinterpret_cast<TOKEN_PRIMARY_GROUP*>(group_memory.data())->PrimaryGroup;
  BYTE system_memory[SECURITY_MAX_SID_SIZE];
  DWORD system_size = sizeof system_memory;
  const PSID system = system_memory;
  if (!CreateWellKnownSid(WinLocalSystemSid, nullptr, system, &system_size)) return LastError();

  std::vector<BYTE> acl_memory(sizeof(ACL) + 2 * sizeof(ACCESS_ALLOWED_ACE) + GetLengthSid(user) +
                               system_size);
  auto* const acl = reinterpret_cast<ACL*>(acl_memory.data());
  if (!InitializeAcl(acl, static_cast<DWORD>(acl_memory.size()), ACL_REVISION)) return LastError();
  for (const PSID who : {user, system}) {
    if (!AddAccessAllowedAce(acl, ACL_REVISION, COM_RIGHTS_EXECUTE | COM_RIGHTS_EXECUTE_LOCAL, who))
      return LastError();
  }
  // In absolute form, with the owner and the group that CoInitializeSecurity requires.
  SECURITY_DESCRIPTOR descriptor;
  if (!InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) ||
      !SetSecurityDescriptorOwner(&descriptor, user, FALSE) ||
      !SetSecurityDescriptorGroup(&descriptor, group, FALSE) ||
      !SetSecurityDescriptorDacl(&descriptor, TRUE, acl, FALSE))
    return LastError();
  // Callers are authenticated with each packet, so that the descriptor decides. The objects may call with the
  // identity of this process, as in a program of their own.
  hr = CoInitializeSecurity(&descriptor, -1, nullptr, nullptr, RPC_C_AUTHN_LEVEL_PKT,
                            RPC_C_IMP_LEVEL_IMPERSONATE, nullptr, EOAC_NONE, nullptr);
  if (SUCCEEDED(hr)) LetCrashesEndTheProcess();
  return hr;
}

}  // namespace com_cancel::hostexe
