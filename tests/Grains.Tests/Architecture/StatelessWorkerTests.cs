using System.Reflection;
using Bailiwick.Grains.Access;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Tests.Architecture;

public sealed class StatelessWorkerTests
{
    public static TheoryData<Type> Workers => [.. typeof(GrainCallGate).Assembly.GetTypes().Where(type => type.GetCustomAttribute<StatelessWorkerAttribute>() is not null)];

    /// <summary>A worker that served one call at a time would be a queue for its whole tenant, and Orleans' search in a long queue is a cost of its own.</summary>
    [Theory, MemberData(nameof(Workers))]
    public void A_worker_without_state_keeps_nobody_waiting(Type worker) => Assert.NotNull(worker.GetCustomAttribute<ReentrantAttribute>());
}
