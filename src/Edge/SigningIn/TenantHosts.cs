using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.SigningIn;

/// <summary>
/// Which tenant a request's host names. Answers are kept for <see cref="Limits.HostCacheSeconds"/>, that there is none included, and
/// forgotten when any tenant changes: a new one is known from the moment that its making is answered.
/// </summary>
public sealed class TenantHosts(IGrainFactory grains, TimeProvider clock, SignInOptions options) : IFactListener
{
    private readonly Lock _lock = new();
    private readonly Recent<string, Answer> _known = new(Limits.HostCacheMax);
    private long _changes;
    private readonly string _suffix = "." + options.BaseDomain;

    private readonly record struct Answer(TenantId? Tenant, DateTimeOffset GoodUntil);

    /// <summary>
    /// The tenant of <c>label.BaseDomain</c>, by its id or its domain; null when there is no such tenant. Any other host means the default
    /// tenant. A port is passed over.
    /// </summary>
    public ValueTask<TenantId?> FindAsync(string? host)
    {
        var label = LabelOf(host);
        if (label is null) return new(options.DefaultTenant);
        lock (_lock)
            if (_known.TryGet(label, out var answer) && clock.GetUtcNow() < answer.GoodUntil)
                return new(answer.Tenant);
        return new(AskAsync(label));
    }

    public void TenantChanged(TenantId tenant, bool lostRights)
    {
        lock (_lock)
        {
            _changes++;
            _known.Clear();
        }
    }

    /// <summary>Users have no hosts.</summary>
    public void UserChanged(UserId user, bool lostRights)
    {
    }

    /// <summary>Which tenant a host names is no right.</summary>
    public void LeaseLapsed()
    {
    }

    private async Task<TenantId?> AskAsync(string label)
    {
        var management = TenantId.Management;
        var changes = Interlocked.Read(ref _changes);
        var tenant = await grains.Grain<ITenantsGrain>(management.Value).Resolve(Caller.SigningIn(management), label);
        lock (_lock)
            // An answer that a change overtook is good for this once.
            if (changes == _changes)
                _known.Set(label, new Answer(tenant, clock.GetUtcNow().AddSeconds(Limits.HostCacheSeconds)));
        return tenant;
    }

    private string? LabelOf(string? host)
    {
        if (host is null) return null;
        var colon = host.LastIndexOf(':');
        var name = colon > 0 && host[^1] != ']' ? host[..colon] : host;
        if (!name.EndsWith(_suffix, StringComparison.OrdinalIgnoreCase)) return null;
        var label = name[..^_suffix.Length].ToLowerInvariant();
        return label.Length is > 0 and <= Limits.TenantDomainCharsMax && !label.Contains('.', StringComparison.Ordinal) ? label : null;
    }
}
