using System.Collections.Concurrent;
using System.Reflection;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>One call that the door made on a grain.</summary>
public sealed record GrainCall(MethodInfo Method, string Key, IReadOnlyList<object?> Arguments)
{
    public string Name => $"{Method.DeclaringType!.Name}.{Method.Name}";

    public T Argument<T>(int index) => (T)Arguments[index]!;

    public Caller Caller => Argument<Caller>(0);
}

/// <summary>Grains that do what a test's script says and remember what they were asked. A call that no line of the script meets fails.</summary>
public sealed class ScriptedGrains : IGrainFactory
{
    private readonly Dictionary<string, Func<GrainCall, object?>> _script = [];

    public ConcurrentQueue<GrainCall> Calls { get; } = [];

    /// <summary>What happens instead, whatever is called.</summary>
    public Func<GrainCall, object?>? Always { get; set; }

    public ScriptedGrains On<TGrain>(string method, Func<GrainCall, object?> answer)
    {
        _script[$"{typeof(TGrain).Name}.{method}"] = answer;
        return this;
    }

    /// <summary>For what the script says nothing of.</summary>
    public void OnElse<TGrain>(string method, Func<GrainCall, object?> answer) => _script.TryAdd($"{typeof(TGrain).Name}.{method}", answer);

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithStringKey
    {
        var grain = DispatchProxy.Create<TGrainInterface, Stage>();
        ((Stage)(object)grain).Play = (method, arguments) => Play(new GrainCall(method, primaryKey, arguments));
        return grain;
    }

    private Task Play(GrainCall call)
    {
        Calls.Enqueue(call);
        var isVoid = call.Method.ReturnType == typeof(Task);
        try
        {
            var answer = (Always ?? _script.GetValueOrDefault(call.Name) ?? throw new InvalidOperationException($"The script has no {call.Name}."))(call);
            if (answer is Task underWay) return underWay;
            return isVoid ? Task.CompletedTask : Typed(nameof(Result), call.Method, answer);
        }
        catch (Exception failure)
        {
            return isVoid ? Task.FromException(failure) : Typed(nameof(Failure), call.Method, failure);
        }
    }

    private static Task Typed(string maker, MethodInfo method, object? value) =>
        (Task)typeof(ScriptedGrains).GetMethod(maker, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(method.ReturnType.GenericTypeArguments[0]).Invoke(null, [value])!;

    private static Task<T> Result<T>(object value) => Task.FromResult((T)value);

    private static Task<T> Failure<T>(Exception failure) => Task.FromException<T>(failure);

    /// <summary>Stands for a grain. Public and open, as the runtime's proxies demand of their base.</summary>
    public class Stage : DispatchProxy
    {
        internal Func<MethodInfo, IReadOnlyList<object?>, Task> Play { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Play(targetMethod!, args!);
    }

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithGuidKey => throw Unscripted();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerKey => throw Unscripted();

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithGuidCompoundKey => throw Unscripted();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerCompoundKey => throw Unscripted();

    // An observer is its own reference: the script calls it as a grain would.
    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver => (TGrainObserverInterface)obj;

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver
    {
    }

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw Unscripted();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw Unscripted();

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw Unscripted();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw Unscripted();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw Unscripted();

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable => throw Unscripted();

    public IAddressable GetGrain(GrainId grainId) => throw Unscripted();

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => throw Unscripted();

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) => throw Unscripted();

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => throw Unscripted();

    private static NotSupportedException Unscripted() => new("The edge asks for grains by text keys alone.");
}
