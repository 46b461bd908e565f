using System.Reflection;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Orleans.Serialization.Invocation;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>Doors of every kind, as the gate reads them.</summary>
internal interface IDoors
{
    [Requires(Permission.AuditRead)]
    Task Audit(Caller caller);

    [Requires(Permission.UserRead, Permission.AuditRead)]
    Task Either(Caller caller);

    [Requires(Permission.InventoryRead)]
    Task Owners(Caller caller);

    [Platform("a test", PlatformTask.Facts, PlatformTask.SignIn)]
    Task Platforms(Caller caller);

    [Requires(Permission.TenantRead), AcrossTenants("a test")]
    Task Across(Caller caller);

    Task Undeclared(Caller caller);

    [Requires(Permission.AuditRead)]
    Task CallerSecond(string what, Caller caller);

    [Requires(Permission.AuditRead)]
    Task Nobodys();
}

/// <summary>What a grain tells, and what is both at once.</summary>
internal interface ITold : IGrainObserver
{
    Task Told(string what);
}

/// <inheritdoc cref="ITold"/>
internal interface IToldGrain : ITold, IGrainWithStringKey
{
    Task ToldToo(string what);
}

/// <summary>One grain call on its way through the gate.</summary>
internal sealed class GateCall : IIncomingGrainCallContext
{
    private readonly Func<Task> _grain;

    private GateCall(MethodInfo method, string key, Func<Task> grain, params object?[] arguments)
    {
        (InterfaceMethod, Arguments, _grain) = (method, arguments, grain);
        TargetId = GrainId.Create("test", key);
        Request = FakeInvokable.Of(arguments);
    }

    public object?[] Arguments { get; }
    public bool HasReachedTheGrain { get; private set; }
    public MethodInfo InterfaceMethod { get; }
    public GrainId TargetId { get; init; }
    public IInvokable Request { get; }

    public IGrainContext TargetContext => throw new NotSupportedException();
    public MethodInfo ImplementationMethod => throw new NotSupportedException();
    public object Grain => throw new NotSupportedException();
    public GrainId? SourceId => null;
    public GrainInterfaceType InterfaceType => throw new NotSupportedException();
    public string InterfaceName => InterfaceMethod.DeclaringType!.Name;
    public string MethodName => InterfaceMethod.Name;
    public object? Result { get; set; }
    public Response? Response { get; set; } = Response.Completed;

    /// <summary>The caller as the grain is handed it.</summary>
    public Caller Attested => Assert.IsType<Caller>(Arguments[0]);

    public static GateCall To(string door, string key, params object?[] arguments) =>
        new(typeof(IDoors).GetMethod(door)!, key, () => Task.CompletedTask, arguments);

    /// <summary>A call whose grain does something of its own, such as asking another one.</summary>
    public static GateCall To(string door, string key, Func<Task> grain, params object?[] arguments) =>
        new(typeof(IDoors).GetMethod(door)!, key, grain, arguments);

    public static GateCall Of(MethodInfo method, params object?[] arguments) => new(method, "anything", () => Task.CompletedTask, arguments);

    /// <summary>A call of an object that is no grain.</summary>
    public static GateCall OfObserver(MethodInfo method) =>
        new(method, "anything", () => Task.CompletedTask, "news") { TargetId = GrainId.Create("sys.client", "hosted+1") };

    public Task Invoke()
    {
        HasReachedTheGrain = true;
        return _grain();
    }

#pragma warning disable CA1852 // The proxy that the runtime makes is derived from it.
    internal class FakeInvokable : DispatchProxy
    {
        private object?[] _arguments = [];

        public static IInvokable Of(object?[] arguments)
        {
            var invokable = Create<IInvokable, FakeInvokable>();
            ((FakeInvokable)(object)invokable)._arguments = arguments;
            return invokable;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            nameof(IInvokable.GetArgumentCount) => _arguments.Length,
            nameof(IInvokable.GetArgument) => _arguments[(int)args![0]!],
            nameof(IInvokable.SetArgument) => _arguments[(int)args![0]!] = args[1],
            var other => throw new NotSupportedException(other),
        };
    }
#pragma warning restore CA1852
}

/// <summary>Whether the lease holds is the test's to say.</summary>
internal sealed class TestLease : ISiloLease
{
    public bool IsHeld { get; set; } = true;
}

/// <summary>Keeps what would stand in the audit trail.</summary>
internal sealed class DenialList : IDenialLog
{
    public List<(UserId User, string Target)> Recorded { get; } = [];

    public ValueTask RecordAsync(Caller caller, string door, string target, Refusal refusal)
    {
        refusal.IsRecorded = true;
        Recorded.Add((caller.User, $"{door} {target}"));
        return ValueTask.CompletedTask;
    }
}
