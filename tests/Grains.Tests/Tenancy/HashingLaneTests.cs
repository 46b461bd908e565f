using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

public sealed class HashingLaneTests
{
    [Fact]
    public async Task A_lane_that_is_closing_finishes_what_it_took_and_tells_the_rest_to_come_back()
    {
        var lane = new HashingLane(1);
        var taken = lane.RunAsync(() => 1);
        lane.Dispose();
        Assert.Equal(1, await taken);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => lane.RunAsync(() => 2));
    }
}
