using System.Collections.Concurrent;
using System.Reflection;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Access;

/// <summary>
/// The first lock: every grain call passes here, from the edge and from other grains. It opens when the silo's lease holds, the
/// method says whom it serves, the caller is of the target's tenant and known with these credentials, and could hold what the
/// method requires. It hands the grain the caller attested with the rights of this silo's replica. The second lock is the
/// permit that state and stores demand.
/// </summary>
internal sealed class GrainCallGate(IFacts facts, Hierarchy hierarchy, ISiloLease lease, IDenialLog denials, HostAssemblies? host = null) : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<MethodInfo, Door> _doors = new();

    public Task Invoke(IIncomingGrainCallContext context)
    {
        var door = _doors.GetOrAdd(context.InterfaceMethod, Door.Of, host);
        // An observer is no grain and owns nothing: a grain that has done its asking tells it, and there is no caller. What is to be kept from it must not be
        // in what it is told.
        return door.IsRuntimes || (door.IsObservers && context.TargetId.IsClient()) ? context.Invoke() : InvokeAsync(context, door);
    }

    private async Task InvokeAsync(IIncomingGrainCallContext context, Door door)
    {
        if (!lease.IsHeld) throw SiloLease.Lapsed();
        var caller = context.Request.GetArgumentCount() > 0 ? context.Request.GetArgument(0) as Caller : null;
        if (!door.IsDeclared || caller is null)
            throw Refusal.Denied($"{door.Name} does not say whom it serves, or was called by nobody", DecisionTrace.Of(Rule.NotAttested, null));
        try
        {
            var standing = caller.IsPlatform ? null : await StandingOfAsync(caller);
            var attested = caller.Attested(standing?.Rights ?? Rights.None);
            door.Admit(attested, context.TargetId);
            if (!attested.Rights!.Objects.IsEmpty && ObjectId.TryOfGrainKey(context.TargetId.Key.ToString(), out var about))
                attested = await PlacedAsync(attested, about);
            context.Request.SetArgument(0, attested);
            await context.Invoke();
        }
        catch (Refusal refusal) when (refusal is { Kind: RefusalKind.Denied, IsRecorded: false })
        {
            await denials.RecordAsync(caller, door.Name, context.TargetId.Key.ToString()!, refusal);
            throw;
        }
    }

    private ValueTask<Standing> StandingOfAsync(Caller caller)
    {
        var pending = facts.StandingAsync(caller.User, caller.CredentialEpoch);
        return pending.IsCompletedSuccessfully ? new(Served(caller, pending.Result)) : AwaitAsync(caller, pending);

        async ValueTask<Standing> AwaitAsync(Caller caller, ValueTask<Standing> pending)
        {
            var standing = await pending;
            // The lease may have run out on the way, and then a change of what was fetched may have been answered already.
            return lease.IsHeld ? Served(caller, standing) : throw SiloLease.Lapsed();
        }
    }

    /// <summary>What the caller holds on single objects depends on where the one hangs that the call is about.</summary>
    private async ValueTask<Caller> PlacedAsync(Caller caller, ObjectId about)
    {
        var placed = await hierarchy.AtAsync(caller, about);
        return lease.IsHeld ? placed : throw SiloLease.Lapsed();
    }

    private static Standing Served(Caller caller, Standing standing)
    {
        if (!standing.IsServed) throw Refusal.Unauthenticated($"{caller.User}: {standing.Refusal}");
        if (standing.CredentialEpoch != caller.CredentialEpoch)
            throw Refusal.Unauthenticated($"{caller.User}: signed in with credentials that have changed since");
        return standing;
    }

    /// <summary>What one grain method declares, read once.</summary>
    private sealed class Door
    {
        // What Orleans calls on itself. Grain extensions and everything unknown are doors and must declare themselves. One extension of Orleans'
        // own is shut: it runs whatever method answers with a stream, and no filter sees which.
        private static readonly string[] RuntimeAssemblies =
            ["Orleans.Core.Abstractions", "Orleans.Core", "Orleans.Runtime", "Orleans.Reminders", "Orleans.Streaming"];

        public required string Name { get; init; }
        public bool IsRuntimes { get; init; }
        public bool IsObservers { get; init; }
        private RequiresAttribute? Requires { get; init; }
        private PlatformAttribute? Platform { get; init; }
        private bool IsAcrossTenants { get; init; }

        public bool IsDeclared => Requires is not null || Platform is not null;

        public static Door Of(MethodInfo method, HostAssemblies? host) => new()
        {
            Name = $"{method.DeclaringType!.Name}.{method.Name}",
            IsRuntimes = method.DeclaringType.Assembly.GetName().Name is { } assembly
                && (Array.IndexOf(RuntimeAssemblies, assembly) >= 0 || host?.Names.Contains(assembly) == true)
                && method.DeclaringType != typeof(IAsyncEnumerableGrainExtension),
            IsObservers = method.DeclaringType.IsAssignableTo(typeof(IGrainObserver)) && !method.DeclaringType.IsAssignableTo(typeof(IGrain)),
            Requires = method.GetCustomAttribute<RequiresAttribute>(),
            Platform = method.GetCustomAttribute<PlatformAttribute>(),
            IsAcrossTenants = method.GetCustomAttribute<AcrossTenantsAttribute>() is not null,
        };

        public void Admit(Caller caller, GrainId target)
        {
            if (!IsAcrossTenants && !caller.Tenant.OwnsGrainKey(target.Key.AsSpan()))
                throw Refusal.Denied($"{caller.User} asked {Name} of another tenant's {target.Key}", DecisionTrace.Of(Rule.OtherTenant, Requires?.AnyOf[0]));
            if (caller.IsPlatform && Platform is not null && Platform.Tasks.Contains(caller.Task)) return;
            if (Requires is not null)
                foreach (var permission in Requires.AnyOf)
                    if (Policy.MayEver(caller, permission))
                        return;
            throw Refusal.Denied($"{caller.User} can hold nothing that {Name} requires",
                Requires is not null ? Policy.ExplainNever(caller, Requires.AnyOf) : DecisionTrace.Of(caller.IsPlatform ? Rule.TaskWithoutRow : Rule.PlatformOnly, null));
        }
    }
}

/// <summary>Assemblies beside Orleans' own whose grains the silo's host calls for itself. The product's has none; a test's host may.</summary>
internal sealed record HostAssemblies(params IReadOnlyList<string> Names);
