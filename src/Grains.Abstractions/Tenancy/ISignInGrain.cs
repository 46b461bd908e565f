using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>
/// The door before all others: credentials of one tenant's users. Key: the tenant. Any silo answers, from what is stored, so that signing in
/// wakes no user's grain: a fleet that comes back costs a look-up a device.
/// </summary>
[Alias("ISignInGrain")]
public interface ISignInGrain : IGrainWithStringKey
{
    /// <summary>
    /// Checks a secret, a chosen one in the bounded hashing lane. An unknown or disabled user, a suspended tenant and a wrong secret answer
    /// alike and take as long. Refuses with Busy when the lane's queue is full.
    /// </summary>
    /// <param name="ifGood">
    /// What a good secret is recorded as on the audit trail, as by <see cref="RecordSignIn"/>, before it is answered. Null where a good secret is no success yet, or
    /// does not count.
    /// </param>
    [Alias("CheckSecret"), AlwaysInterleave, Platform("credentials are being checked: there is no caller yet", PlatformTask.SignIn)]
    Task<SecretCheck> CheckSecret(Caller caller, string userName, string secret, SignInRecord? ifGood);

    /// <summary>Writes the sign-in to the audit trail; answered when the record is durable.</summary>
    [Alias("RecordSignIn"), AlwaysInterleave, Platform("signing in, and failing to, is the platform's to record", PlatformTask.SignIn)]
    Task RecordSignIn(Caller caller, string userName, SignInRecord record);

    /// <summary>
    /// What a login page offers. It does not say which clients are kept out; and where there is no such tenant it says what most tenants would.
    /// </summary>
    [Alias("Offered"), AlwaysInterleave, Platform("how one may sign in is asked before anybody has", PlatformTask.SignIn)]
    Task<BasicSignIn> Offered(Caller caller);
}

/// <summary>The outcome of checking a secret.</summary>
/// <param name="CredentialEpoch">The credentials' running number, which the caller made from them carries.</param>
/// <param name="Trail">Whose audit trail tells of it: the tenant's, or the operator's where there is no such tenant.</param>
/// <param name="Agents">Which clients may use the secret over HTTP; null where all may.</param>
[GenerateSerializer, Immutable, Alias("SecretCheck")]
public readonly record struct SecretCheck(
    [property: Id(0)] bool IsGood, [property: Id(1)] long CredentialEpoch, [property: Id(2)] TenantId Trail, [property: Id(3)] AgentRules? Agents = null);

/// <summary>What the audit trail is told of a sign-in.</summary>
[GenerateSerializer, Immutable, Alias("SignInRecord")]
public readonly record struct SignInRecord(
    [property: Id(0)] bool Succeeded, [property: Id(1)] SignInMethod Method, [property: Id(2)] string Address, [property: Id(3)] string Reason);
