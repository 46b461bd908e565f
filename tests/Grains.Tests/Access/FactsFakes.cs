using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>Sources of facts without a silo: what they answer, and when, is the test's to say.</summary>
internal sealed class FactSources
{
    private readonly ConcurrentDictionary<UserId, UserFact> _users = new();
    private readonly ConcurrentDictionary<TenantId, TenantFact> _tenants = new();
    private volatile TaskCompletionSource? _answers;
    private int _reads;

    public FactSources() => Grains = FakeGrainFactory.Of(this);

    public IGrainFactory Grains { get; }

    public int Reads => Volatile.Read(ref _reads);

    public void Set(UserFact fact) => _users[fact.User] = fact;

    public void Set(TenantFact fact) => _tenants[fact.Tenant] = fact;

    /// <summary>From now on a source reads its fact at once, and its answer stays on the way until the test completes the source returned.</summary>
    public TaskCompletionSource HoldAnswers() => _answers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void AnswerAtOnce() => _answers = null;

    private async Task<T> AnswerAsync<T>(T fact)
    {
        Interlocked.Increment(ref _reads);
        if (_answers is { } answers) await answers.Task;
        return fact;
    }

    private sealed class UserSource(FactSources sources, TenantId tenant) : IUserFactSource
    {
        public Task<UserFact> ReadFact(Caller caller, string userName)
        {
            var user = new UserId(tenant, userName);
            return sources.AnswerAsync(sources._users.GetValueOrDefault(user) ?? UserFact.Unknown(user));
        }
    }

    private sealed class TenantSource(FactSources sources, TenantId tenant) : ITenantFactSource
    {
        public Task<TenantFact> ReadFact(Caller caller) => sources.AnswerAsync(sources._tenants.GetValueOrDefault(tenant) ?? TenantFact.Unknown(tenant));
    }

#pragma warning disable CA1852 // The proxy that the runtime makes is derived from it.
    public class FakeGrainFactory : DispatchProxy
    {
        private FactSources? _sources;

        internal static IGrainFactory Of(FactSources sources)
        {
            var factory = Create<IGrainFactory, FakeGrainFactory>();
            ((FakeGrainFactory)(object)factory)._sources = sources;
            return factory;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var key = Assert.IsType<string>(args![0]);
            var kind = targetMethod!.GetGenericArguments().Single();
            if (kind == typeof(IUserFactSource)) return new UserSource(_sources!, new TenantId(key));
            if (kind == typeof(ITenantFactSource)) return new TenantSource(_sources!, new TenantId(key));
            throw new NotSupportedException($"Nobody answers as {kind.Name} here.");
        }
    }
#pragma warning restore CA1852
}

/// <summary>Facts as tests write them down.</summary>
internal static class Facts
{
    public static readonly TenantId Tenant = new("t1");
    public static readonly UserId Ann = new(Tenant, "ann");

    public static UserFact User(long version, params ReadOnlySpan<Authority> direct) =>
        new(Ann, version, true, 1, AuthoritySet.Of(direct), []);

    public static TenantFact OfTenant(long version, params (int Group, Authority Authority)[] groups) =>
        new(Tenant, version, true, groups.ToFrozenDictionary(g => g.Group, g => AuthoritySet.Of(g.Authority)));
}

/// <summary>Writes down what it is told; a test may make it act on the news.</summary>
internal sealed class ListeningEar : IFactListener
{
    private readonly ConcurrentQueue<string> _heard = new();

    public Action? Acting { get; set; }

    /// <summary>What was heard since the last look.</summary>
    public IReadOnlyList<string> Heard
    {
        get
        {
            var heard = new List<string>();
            while (_heard.TryDequeue(out var one)) heard.Add(one);
            return heard;
        }
    }

    public void UserChanged(UserId user, bool lostRights) => Hear($"{user} {(lostRights ? "lost" : "kept")}");

    public void TenantChanged(TenantId tenant, bool lostRights) => Hear($"{tenant} {(lostRights ? "lost" : "kept")}");

    public void LeaseLapsed() => Hear("lapsed");

    private void Hear(string news)
    {
        Acting?.Invoke();
        _heard.Enqueue(news);
    }
}
