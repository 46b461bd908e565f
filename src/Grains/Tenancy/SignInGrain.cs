using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Tenancy;

/// <inheritdoc cref="ISignInGrain"/>
/// <remarks>
/// It reads what the User grain has stored, and is the source of its fact for every silo. A read that overlaps a change may still see what
/// was before: the change is spread to every silo before it is answered, versions decide, and a caller made from older credentials is nobody.
/// </remarks>
[StatelessWorker, Reentrant, GrainType("sign-in")]
internal sealed class SignInGrain : Grain, ISignInGrain, IUserFactSource
{
    private readonly TenantId _tenant;
    private readonly IGrainDocuments _documents;
    private readonly IFacts _facts;
    private readonly Secrets _secrets;
    private Leaving _leaving;

    public SignInGrain(IGrainDocuments documents, IFacts facts, Secrets secrets)
    {
        _tenant = new TenantId(this.GetPrimaryKeyString());
        (_documents, _facts, _secrets) = (documents, facts, secrets);
    }

    public async Task<SecretCheck> CheckSecret(Caller caller, string userName, string secret, SignInRecord? ifGood)
    {
        Check.That(ifGood is not { Succeeded: false });
        var user = new UserId(_tenant, userName);
        var reading = _facts.BeginReading(user);
        // Everything is done whatever the outcome, so that neither the answer nor its time tells a wrong secret from no such user.
        var state = await StoredAsync(caller, userName);
        var isGood = await _secrets.MatchesAsync(user, state?.Verifier, secret);
        var tenant = await TenantAsync();
        if (!isGood || state is not { IsEnabled: true, IsDeleted: false } || !tenant.IsActive) return new SecretCheck(false, 0, Trail(tenant));
        // Where a lock makes the outcome count for nothing there is no record, and then nothing may take longer for a good secret.
        if (ifGood is { } record)
        {
            // Whoever signed in is asked about next: what was read of it here need not be read again.
            _facts.Offer(state.Fact(user), reading);
            await RecordSignIn(caller, userName, record);
        }
        return new SecretCheck(true, state.CredentialEpoch, _tenant, tenant.BasicSignIn.Agents is { AdmitAll: false } agents ? agents : null);
    }

    public async Task<BasicSignIn> Offered(Caller caller)
    {
        _ = ReadPermit.Demand(caller, Resource.OfTenant(_tenant), Permission.TenantRead);
        return (await TenantAsync()).BasicSignIn with { Agents = AgentRules.None };
    }

    public async Task RecordSignIn(Caller caller, string userName, SignInRecord record)
    {
        _ = ReadPermit.Demand(caller, Resource.OfTenant(_tenant), Permission.UserRead);
        var activity = record.Succeeded ? "User login" : "User login failed";
        var text = $"{activity}: {userName} from {record.Address} by {record.Method}{(record.Reason.Length > 0 ? ": " + record.Reason : "")}";
        var trail = Trail(await TenantAsync());
        var name = trail == _tenant ? userName : new UserId(_tenant, userName).GrainKey;
        await GrainFactory.RecordInAsync(trail, caller, new NewAuditRecord(
            "UserAuthentication", activity, text, Source: name, User: name, Severity: record.Succeeded ? AuditRules.Information : AuditRules.Warning));
    }

    public async Task<UserFact> ReadFact(Caller caller, string userName)
    {
        var user = new UserId(_tenant, userName);
        return (await StoredAsync(caller, userName))?.Fact(user) ?? UserFact.Unknown(user);
    }

    // Anybody can name a tenant that is none: its trail must not come to be by that. The operator's tells of it.
    private TenantId Trail(TenantFact tenant) => tenant.IsThere ? _tenant : TenantId.Management;

    private ValueTask<UserState?> StoredAsync(Caller caller, string userName) =>
        _documents.ReadAsync<UserState>(ReadPermit.Demand(caller, Resource.OfTenant(_tenant), Permission.UserRead), UserState.StateName, userName);

    /// <summary>Strangers may name as many tenants as they like: for one that is none, this activation goes soon.</summary>
    private async ValueTask<TenantFact> TenantAsync()
    {
        var tenant = await _facts.TenantAsync(_tenant);
        if (!tenant.IsThere) _leaving.Soon(this, static () => true);
        return tenant;
    }
}
